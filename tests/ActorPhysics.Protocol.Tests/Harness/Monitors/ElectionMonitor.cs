using ActorPhysics.Core;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness.Monitors;

/// <summary>
/// ElectionSafety (Raft, Figure 3) and what it rests on: one leader per epoch, one vote per voter and epoch, and no word about a vote
/// before it is durable. Only the replica that was elected speaks as its epoch's leader.
/// </summary>
internal sealed class ElectionMonitor(Cluster cluster, TrunkMonitor trunk) : Monitor(cluster)
{
    private readonly Dictionary<LeaderEpoch, ReplicaId> _leaders = [];
    private readonly Dictionary<(ReplicaId Voter, LeaderEpoch Epoch), ReplicaId> _votes = [];
    private readonly Dictionary<ReplicaId, LeaderEpoch> _epochs = [];

    public override void OnStarted(SimulatedReplica replica) => _epochs[replica.Id] = replica.Line!.Epoch;

    public override void AfterStep(SimulatedReplica replica, IReadOnlyList<LineEffect> effects)
    {
        LeaderEpoch epoch = replica.Line!.Epoch;
        Require(epoch >= _epochs[replica.Id], InvariantNames.ElectionSafety, $"{replica.Id} falls back from {_epochs[replica.Id]} to {epoch}");
        _epochs[replica.Id] = epoch;
        if (replica.Line.RoleKind == LineRole.Leader)
        {
            Require(_leaders.TryAdd(epoch, replica.Id) || _leaders[epoch] == replica.Id, InvariantNames.ElectionSafety, $"{_leaders[epoch]} and {replica.Id} both lead {epoch}");
            bool isElected = effects.Any(effect => effect is RoleChanged { Role: LineRole.Leader });
            Require(!isElected || replica.Line.Configurations.Placed.Any(placed => placed.Configuration.MayLead(replica.Id)), InvariantNames.ElectionSafety, $"{replica.Id} leads and may not");
        }

        foreach (BarrierEntry barrier in effects.OfType<Persist>().SelectMany(persist => persist.Records).OfType<EntriesAppended>().SelectMany(record => record.Entries).OfType<BarrierEntry>())
        {
            foreach (Vote vote in barrier.Authority.Votes)
            {
                Cast(vote.Voter, vote.Epoch, vote.Candidate);
            }
        }
    }

    public override void OnSent(SimulatedReplica from, LineMessage message)
    {
        LeaderEpoch epoch = message.Envelope.Epoch;
        switch (message)
        {
            case VoteAnswer { Granted: true }:
                Cast(from.Id, epoch, message.Envelope.To);
                RequireDurable(from, epoch, message.Envelope.To, message);
                break;
            case VoteRequest:
                Cast(from.Id, epoch, from.Id);
                RequireDurable(from, epoch, from.Id, message);
                break;
            case AppendEntries or Heartbeat or SnapshotChunk or TransferNow or ReadIndexAnswer or RepairAnswer:
                Require(_leaders.TryGetValue(epoch, out ReplicaId leader) ? leader == from.Id : IsBecomingLeader(from, epoch), InvariantNames.ElectionSafety,
                    $"{from.Id} speaks as the leader of {epoch}: {Describe.Of(message)}");
                break;
            default:
                break;
        }
    }

    /// <summary>The first messages of a leader leave in the step that elects it, before this monitor sees that step's end.</summary>
    private static bool IsBecomingLeader(SimulatedReplica from, LeaderEpoch epoch) => from.Line!.RoleKind == LineRole.Leader && from.Line.Epoch == epoch;

    private void Cast(ReplicaId voter, LeaderEpoch epoch, ReplicaId candidate)
    {
        Require(_votes.TryAdd((voter, epoch), candidate) || _votes[(voter, epoch)] == candidate, InvariantNames.ElectionSafety,
            $"{voter} voted for {_votes[(voter, epoch)]} and for {candidate} in {epoch}; the trunk ends at {trunk.End}");
    }

    private static void RequireDurable(SimulatedReplica from, LeaderEpoch epoch, ReplicaId candidate, LineMessage message)
    {
        EpochPromised? promise = from.Journal.DurablePromise;
        bool durable = promise is not null && (promise.Epoch > epoch || (promise.Epoch == epoch && promise.VotedFor == candidate));
        Require(durable, InvariantNames.ElectionSafety, $"{from.Id} says {Describe.Of(message)} before that is durable");
    }
}
