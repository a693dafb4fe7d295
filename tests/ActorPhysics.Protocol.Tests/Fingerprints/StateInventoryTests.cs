using System.Reflection;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Tests.Stress;

namespace ActorPhysics.Protocol.Tests.Fingerprints;

/// <summary>
/// No field of a replica's state can be forgotten by <c>Fork</c> and <c>DigestTo</c>: a new one fails the inventory until somebody has said here
/// what becomes of it, and forks are compared with their originals field by field.
/// </summary>
public sealed class StateInventoryTests
{
    /// <summary>Fields that a fork must have and a fingerprint leaves out, each with its reason.</summary>
    private static readonly SortedDictionary<string, string> NotHashed = new(StringComparer.Ordinal)
    {
        ["Applier.state"] = "wiring",
        ["Boundaries.CommittedBy"] = "a proof for auditors; C is hashed",
        ["Boundaries.Group"] = "as the configuration's",
        ["Boundaries.Incarnation"] = "as the configuration's",
        ["Boundaries.TrimmedBy"] = "a proof for auditors; T is hashed",
        ["CandidateRole._votes"] = "the proofs of the set that is hashed",
        ["CandidateRole.leadershipTransfer"] = "used on entering the role only",
        ["FollowerRole.receiver"] = "the replica's own, hashed there",
        ["FollowerRole.repair"] = "the replica's own, hashed there",
        ["FollowerRole.snapshots"] = "the replica's own, hashed there",
        ["ForwardedReads.roles"] = "wiring",
        ["ForwardedReads.state"] = "wiring",
        ["Gateway.state"] = "wiring",
        ["HistoryLog.RetainedBytes"] = "the sum over the entries",
        ["HistoryLog.Runs"] = "follows from the entries",
        ["HistoryLog._head"] = "where the ring begins is no matter",
        ["JournalCursor._entryRecords"] = "decides which durable records may be deleted; a journal tells the same before and after",
        ["LeaderReads.applier"] = "wiring",
        ["LeaderReads.peers"] = "the leader's own, hashed there",
        ["LeaderReads.state"] = "wiring",
        ["LeaderRole._held"] = "filled anew before each use",
        ["LeaderSilence.applier"] = "wiring",
        ["LeaderSilence.peers"] = "the leader's own, hashed there",
        ["LeaderSilence.reads"] = "the leader's own, hashed there",
        ["LeaderSilence.repairs"] = "the leader's own, hashed there",
        ["LeaderSilence.state"] = "wiring",
        ["LeaderRole._membership"] = "has no state",
        ["MembershipDriver.state"] = "wiring",
        ["LeaderRole._replicator"] = "has no state",
        ["LineReplica._corrections"] = "used at the start only, which a fresh journal fold precedes",
        ["LineReplica._previousRun"] = "the run before the one that is hashed",
        ["LineReplica._retired"] = "in the role's kind",
        ["LineReplica._voter"] = "has no state",
        ["LogReceiver.state"] = "wiring",
        ["PeerProgress.Position"] = "follows from the peer",
        ["PeerProgress.InFlightBytes"] = "the sum over the queue",
        ["RepairDesk.reads"] = "the leader's own, hashed there",
        ["RepairDesk.state"] = "wiring",
        ["RepairSeeker.state"] = "wiring",
        ["ReplicaState.Effects"] = "belongs to the step under way",
        ["ReplicaState.Now"] = "times count relative to the next input",
        ["ReplicaState.Options"] = "never change",
        ["ReplicaState.Position"] = "follows from the replica",
        ["ReplicaState.Random"] = "chance is one more input",
        ["ReplicaState._gated"] = "empty between steps",
        ["ReplicaState._records"] = "empty between steps",
        ["Replicator.state"] = "wiring",
        ["Retainer.applier"] = "wiring",
        ["Retainer.state"] = "wiring",
        ["Role.Roles"] = "wiring",
        ["Role.State"] = "wiring",
        ["SnapshotReceiver.state"] = "wiring",
        ["SplitMix64._state"] = "chance is one more input",
        ["WetCommands.Bytes"] = "the sum over the queue",
        ["Voter.roles"] = "wiring",
        ["Voter.state"] = "wiring",
    };

    private static readonly string[] Hashed =
    [
        "Applier._handedOut", "Applier._reads", "Applier._writes",
        "Boundaries._at",
        "CandidateRole._granted", "CandidateRole._ownVote", "CandidateRole._ownVoteCounted", "CandidateRole._refused",
        "FollowerRole._asleep", "FollowerRole._electionDue", "FollowerRole._reads", "FollowerRole._waitsInTurn",
        "ForwardedReads._asked", "ForwardedReads._askedAt", "ForwardedReads._next", "ForwardedReads._token",
        "Gateway._runs",
        "HistoryLog.Base", "HistoryLog._count", "HistoryLog._ring",
        "JournalCursor.Durable", "JournalCursor.Last", "JournalCursor._waiting", "JournalCursor._waitingHead",
        "LeaderReads.Sent", "LeaderReads._confirmed", "LeaderReads._confirmedSentAt", "LeaderReads._leaseRevoked", "LeaderReads._open", "LeaderReads._waiting",
        "LeaderRole._authority", "LeaderRole._latestTime", "LeaderRole._peers", "LeaderRole._reads", "LeaderRole._repairs", "LeaderRole._silence", "LeaderRole._transfer", "LeaderRole._wet",
        "LeaderSilence.IsAsleep", "LeaderSilence._busyAt", "LeaderSilence._isOffered", "LeaderSilence._offeredAt", "LeaderSilence._round", "LeaderSilence._wordDue",
        "LeadershipTransfer.Deadline", "LeadershipTransfer.Ordered", "LeadershipTransfer.Request", "LeadershipTransfer.Target",
        "LineReplica._applier", "LineReplica._gateway", "LineReplica._receiver", "LineReplica._repair", "LineReplica._retainer", "LineReplica._role", "LineReplica._runRecord",
        "LineReplica._snapshots", "LineReplica._state",
        "LogReceiver.Epoch", "LogReceiver._match", "LogReceiver._newest", "LogReceiver._unproven",
        "PeerProgress.ChunkUnderWay", "PeerProgress.CommitHeard", "PeerProgress.CommitInRound", "PeerProgress.CommitSent", "PeerProgress.ConfirmedRound", "PeerProgress.Connected",
        "PeerProgress.InFlightSince", "PeerProgress.LastHeard", "PeerProgress.Match", "PeerProgress.Mode", "PeerProgress.Next", "PeerProgress.OwesSince", "PeerProgress.Peer",
        "PeerProgress.Run", "PeerProgress.Snapshot", "PeerProgress.SnapshotAskedAt", "PeerProgress.Sleeps", "PeerProgress.SnapshotMovedAt", "PeerProgress._inFlight",
        "PreCandidateRole._granted", "PreCandidateRole._prospective", "PreCandidateRole._refused",
        "RepairDesk._waiting",
        "RepairSeeker._askedIn", "RepairSeeker._target", "RepairSeeker._token",
        "ReplicaState.Boundaries", "ReplicaState.Configurations", "ReplicaState.Damage", "ReplicaState.Epoch", "ReplicaState.HeldCommit", "ReplicaState.Journal",
        "ReplicaState.LatestCommit", "ReplicaState.Leader", "ReplicaState.Log", "ReplicaState.Lost", "ReplicaState.PromisedUntil", "ReplicaState.Run", "ReplicaState.Self", "ReplicaState.Snapshot",
        "ReplicaState.VoteFloor", "ReplicaState.VotedFor", "ReplicaState._promiseRecord", "ReplicaState._trunkRecorded",
        "Retainer._appliedBytes", "Retainer._appliedEntries", "Retainer._capturing", "Retainer._checkpoint", "Retainer._previousSnapshot", "Retainer._unreadable",
        "WetCommands._entries",
        "SnapshotReceiver._nextOffset", "SnapshotReceiver._receiving", "SnapshotReceiver._sender", "SnapshotReceiver._storing",
    ];

    private static readonly Type[] Immutable =
        [typeof(LineOptions), typeof(GroupConfiguration), typeof(SnapshotDescription), typeof(JournalDamage), typeof(LogEntry), typeof(LineMessage), typeof(HistoryEvent), typeof(LineEffect)];

    [Fact]
    public void Every_field_of_the_state_has_its_place_in_the_inventory()
    {
        string[] found = [.. StatefulTypes().SelectMany(FieldsOf).Select(NameOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

        Assert.Equal([.. Hashed.Concat(NotHashed.Keys).Order(StringComparer.Ordinal)], found);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void A_fork_equals_its_original_in_every_field_and_shares_nothing_that_can_change(ulong seed)
    {
        var run = new StressRun(seed);
        int steps = 0;
        run.Cluster.BeforeStep = (replica, _) =>
        {
            if (steps++ % 16 == 0)
            {
                LineReplica line = replica.Line!;
                Compare(line, line.Fork(), nameof(LineReplica), []);
            }
        };

        run.Execute(steps: 5_000);

        Assert.True(steps > 500, $"only {steps} steps");
    }

    private static void Compare(object original, object fork, string path, HashSet<object> seen)
    {
        if (!seen.Add(original))
        {
            return;
        }

        Assert.True(!ReferenceEquals(original, fork), $"{path} is shared");
        Assert.Equal(original.GetType(), fork.GetType());
        foreach (FieldInfo field in FieldsOf(original.GetType()))
        {
            string at = $"{path}.{NameOf(field)}";
            object? before = field.GetValue(original);
            object? after = field.GetValue(fork);
            Assert.True(before is null == after is null, $"{at} is {before} and {after}");
            if (before is null || NameOf(field) is "HistoryLog._ring" or "HistoryLog._head" or "ReplicaState.Effects")
            {
                continue;
            }

            if (IsStateful(before.GetType()))
            {
                Compare(before, after!, at, seen);
            }
            else if (before is System.Collections.IEnumerable items and not string && before.GetType().Namespace is not "System.Collections.Immutable")
            {
                CompareItems(items, (System.Collections.IEnumerable)after!, at, seen);
            }
            else if (before.GetType().IsValueType)
            {
                Assert.True(before.Equals(after), $"{at} is {before} and {after}");
            }
            else if (before.GetType().Assembly != typeof(LineReplica).Assembly || Immutable.Any(type => type.IsInstanceOfType(before)))
            {
                Assert.True(ReferenceEquals(before, after), $"{at} is not the same");
            }
        }
    }

    private static void CompareItems(System.Collections.IEnumerable original, System.Collections.IEnumerable fork, string at, HashSet<object> seen)
    {
        object[] before = [.. original.Cast<object>()];
        object[] after = [.. fork.Cast<object>()];
        Assert.True(before.Length == after.Length, $"{at} has {before.Length} and {after.Length} items");
        Assert.True(!ReferenceEquals(original, fork) || original.GetType().Name.Contains("ReadOnly", StringComparison.Ordinal) || at.EndsWith("_corrections", StringComparison.Ordinal), $"{at} is shared");
        for (int i = 0; i < before.Length; i++)
        {
            if (IsStateful(before[i].GetType()))
            {
                Compare(before[i], after[i], $"{at}[{i}]", seen);
            }
            else
            {
                Assert.True(before[i].Equals(after[i]), $"{at}[{i}] is {before[i]} and {after[i]}");
            }
        }
    }

    private static IEnumerable<Type> StatefulTypes()
    {
        var found = new HashSet<Type>();
        var open = new Queue<Type>([typeof(LineReplica)]);
        while (open.TryDequeue(out Type? type))
        {
            if (!found.Add(type))
            {
                continue;
            }

            foreach (Type next in FieldsOf(type).SelectMany(field => Parts(field.FieldType)).Where(IsStateful))
            {
                open.Enqueue(next);
                foreach (Type derived in next.Assembly.GetTypes().Where(derived => derived.IsSubclassOf(next)))
                {
                    open.Enqueue(derived);
                }
            }
        }

        return found;
    }

    private static IEnumerable<Type> Parts(Type type) =>
        type.IsArray ? Parts(type.GetElementType()!) : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts) : [type];

    private static bool IsStateful(Type type) =>
        type.IsClass && (type == typeof(Boundaries) || type.Assembly == typeof(LineReplica).Assembly) && !Immutable.Any(each => each.IsAssignableFrom(type));

    private static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (Type? each = type; each is not null && each != typeof(object); each = each.BaseType)
        {
            foreach (FieldInfo field in each.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return field;
            }
        }
    }

    /// <summary>A property's or a captured parameter's field goes by the name that the source gives it.</summary>
    private static string NameOf(FieldInfo field)
    {
        string name = field.Name;
        int open = name.IndexOf('<', StringComparison.Ordinal);
        int close = name.IndexOf('>', StringComparison.Ordinal);
        return $"{field.DeclaringType!.Name}.{(open == 0 && close > 0 ? name[1..close] : name)}";
    }
}
