using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Membership;

namespace ActorPhysics.Wire.Tests;

/// <summary>
/// Makes a random value of any type that travels or is stored, through its constructor: a member added to a message is tested from the
/// moment it exists. Evidence that must be provable is made to fit <see cref="Configuration"/>.
/// </summary>
internal sealed class Fabricator(RandomValues values)
{
    private readonly NullabilityInfoContext _nullability = new();

    public GroupConfiguration Configuration { get; } = SomeConfiguration(values, new MajorityRule([.. Voters(3)]), CrashRecovery.Instance);

    public static IEnumerable<Type> SealedSubtypes(Type ancestor) =>
        ancestor.Assembly.GetTypes().Where(type => type.IsSealed && type.IsSubclassOf(ancestor)).OrderBy(type => type.Name, StringComparer.Ordinal);

    public static ReplicaId[] Voters(int count) => [.. Enumerable.Range(1, count).Select(i => new ReplicaId((ulong)i))];

    public static GroupConfiguration SomeConfiguration(RandomValues values, QuorumRule rule, FailureModel model)
    {
        QuorumSystem quorums = QuorumSystem.Create(rule, model);
        IEnumerable<Member> voters = quorums.Members.Select((replica, i) => new Member(replica, new NodeId(replica.Value + 100), i == 1 ? MemberRole.Witness : MemberRole.Voter));
        return GroupConfiguration.Create(
            new GroupId(values.Number() | 1),
            new GroupIncarnation(values.Number() | 1),
            new ConfigEpoch((values.Number() >> 1) + 1),
            [.. voters, new Member(new ReplicaId(900), new NodeId(901), MemberRole.Learner)],
            quorums,
            model);
    }

    public object Make(Type type)
    {
        if (type == typeof(ulong))
        {
            return values.Number();
        }

        if (type == typeof(uint))
        {
            return values.Number32();
        }

        if (type == typeof(int))
        {
            return (int)(values.Number32() >> 1);
        }

        if (type == typeof(bool))
        {
            return values.Coin();
        }

        if (type == typeof(string))
        {
            return new string('é', (int)values.Below(30));
        }

        if (type == typeof(ReadOnlyMemory<byte>))
        {
            return (ReadOnlyMemory<byte>)values.Bytes(500);
        }

        if (type.IsEnum)
        {
            Array members = Enum.GetValues(type);
            return members.GetValue((int)values.Below((ulong)members.Length))!;
        }

        return MakeComposed(type);
    }

    private object MakeComposed(Type type)
    {
        if (type == typeof(GroupConfiguration))
        {
            return Configuration;
        }

        if (type == typeof(GroupRecovery))
        {
            var at = (LogPosition)Make(typeof(LogPosition));
            ReplicaId newcomer = new(values.Below(1000) + 2);
            GroupConfiguration alone = GroupConfiguration.Create(
                new GroupId(values.Below(1000) + 1),
                new GroupIncarnation(values.Below(1000) + 1),
                new ConfigEpoch(values.Below(1000) + 2),
                [new Member(newcomer, new NodeId(values.Below(1000) + 1), MemberRole.Voter)],
                QuorumSystem.TryCreate(new MajorityRule([newcomer]), CrashRecovery.Instance, out _)!,
                CrashRecovery.Instance);
            return new GroupRecovery(
                new GroupIncarnation(values.Below(1000) + 2000), new ReplicaId(newcomer.Value - 1), at, new LogIndex(Math.Min(values.Below(1000), at.Index.Value)), alone, (LogTime)Make(typeof(LogTime)));
        }

        if (type == typeof(SnapshotChecksum))
        {
            SnapshotChecksum.TryRead(values.BytesOf(SnapshotChecksum.SizeBytes), out SnapshotChecksum checksum);
            return checksum;
        }

        if (type == typeof(SnapshotDescription))
        {
            var header = (StateSnapshotHeader)Make(typeof(StateSnapshotHeader));
            return new SnapshotDescription(
                header with { Group = Configuration.Group, Incarnation = Configuration.Incarnation, ConfigEpoch = Configuration.Epoch }, Configuration);
        }

        if (type == typeof(ReadEvidence))
        {
            return MakeReadEvidence();
        }

        if (type == typeof(VerifiedStateSnapshot))
        {
            StateSnapshotHeader header = (StateSnapshotHeader)Make(typeof(StateSnapshotHeader));
            header = header with { Position = new LogPosition(new LeaderEpoch(values.Number() | 1), new LogIndex(values.Number() | 1)), ConfigEpoch = new ConfigEpoch(values.Number() | 1) };
            return VerifiedStateSnapshot.TryProve(header, header.LengthBytes, header.Checksum, out _)!;
        }

        if (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) || type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)))
        {
            return MakeList(type);
        }

        if (type.IsAbstract)
        {
            Type[] subtypes = [.. SealedSubtypes(type)];
            return Make(subtypes[values.Below((ulong)subtypes.Length)]);
        }

        ConstructorInfo constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(MakeArgument)]);
    }

    private object? MakeArgument(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType && _nullability.Create(parameter).ReadState == NullabilityState.Nullable && values.Coin()
            ? null
            : Make(parameter.ParameterType);

    private object MakeList(Type type)
    {
        Type element = type.GetGenericArguments()[0];
        var elements = Array.CreateInstance(element, (int)values.Below(6));
        for (int i = 0; i < elements.Length; i++)
        {
            elements.SetValue(Make(element), i);
        }

        return type.IsValueType
            ? typeof(ImmutableArray).GetMethods().Single(m => m.Name == nameof(ImmutableArray.Create) && m.GetParameters() is [{ ParameterType.IsArray: true }])
                .MakeGenericMethod(element).Invoke(null, [elements])!
            : elements;
    }

    public ReadEvidence MakeReadEvidence()
    {
        var epoch = new LeaderEpoch(values.Number() | 1);
        var leader = new ReplicaId(1);
        CommitEvidence commit = MakeCommit(epoch, leader);
        CommitCertificate certificate = CommitCertificate.TryProve(commit, Configuration)!;
        var round = new ReadRound(values.Number());
        ImmutableArray<Confirmation> confirmations = [.. Voters(2).Select(replica => new Confirmation(replica, epoch, round))];
        return values.Coin()
            ? new ReadIndexEvidence(Configuration.Group, Configuration.Incarnation, Configuration.Epoch, epoch, leader, round, confirmations, certificate)
            : new LeaseEvidence(
                Configuration.Group, Configuration.Incarnation, Configuration.Epoch, epoch, leader, round, confirmations, certificate,
                new MonotonicTime(1000), TimeSpan.FromMilliseconds(700), new ClockDriftBound(200), new MonotonicTime(2000));
    }

    public CommitEvidence MakeCommit(LeaderEpoch epoch, ReplicaId leader)
    {
        var index = new LogIndex((values.Number() >> 1) + 10);
        return CommitEvidence.Gather(Configuration, new LogPosition(epoch, index), leader, [index, index.Next, LogIndex.Zero]);
    }
}

/// <summary>Writes out everything that an object says, so that two of them can be compared member by member.</summary>
internal static class Structure
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }

    private static void Write(object? value, StringBuilder text)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case ReadOnlyMemory<byte> bytes:
                text.Append(Convert.ToHexString(bytes.Span));
                break;
            case string s:
                text.Append(s);
                break;
            case QuorumSystem quorums:
                Write(quorums.Rule, text);
                break;
            case IEnumerable list:
                text.Append('[');
                foreach (object? element in list)
                {
                    Write(element, text);
                    text.Append("; ");
                }

                text.Append(']');
                break;
            case ValueType or Type:
                text.Append(value);
                break;
            default:
                text.Append(value.GetType().Name).Append('{');
                foreach (PropertyInfo property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(p => p.Name, StringComparer.Ordinal))
                {
                    text.Append(property.Name).Append('=');
                    Write(property.GetValue(value), text);
                    text.Append(", ");
                }

                text.Append('}');
                break;
        }
    }
}
