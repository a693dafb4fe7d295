using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Tests.Harness;

namespace ActorPhysics.Protocol.Tests.Scenarios;

/// <summary>The lines that come before anything happens: who is in the group, and with which options.</summary>
internal sealed class ScenarioSetup
{
    private GroupConfiguration _configuration = Groups.Majority(3);
    private LineOptions _options = new();

    public bool TryTake(Words words)
    {
        if (words.Take("nodes"))
        {
            _configuration = Configuration(words);
            return true;
        }

        if (words.Take("option"))
        {
            _options = Option(_options, words.Next("option"), words.Number("value"));
            return true;
        }

        return false;
    }

    public Cluster Build(Action<string>? trace) => Cluster.Started(_configuration, _options, trace: trace);

    private static GroupConfiguration Configuration(Words words)
    {
        int nodes = words.Number("number of nodes");
        if (words.AtEnd)
        {
            return Groups.Majority(nodes);
        }

        switch (words.Next("kind of group"))
        {
            case "crash-stop":
                return Groups.Majority(nodes, CrashStop.Instance);
            case "flexible":
                words.Expect("election");
                int election = words.Number("size");
                words.Expect("commit");
                return Groups.Flexible(nodes, election, words.Number("size"));
            case "weighted" when nodes == 4:
                return Groups.Weighted();
            case "domains":
                return Groups.ByDomain(nodes, words.Number("number of domains"));
            case "joint" when nodes == 5:
                return Groups.Joint();
            case "witness":
                ulong witness = (ulong)words.Number("replica");
                return Groups.Of(new MajorityRule(Groups.Replicas(nodes)), null, new Member(new ReplicaId(witness), new NodeId(witness), MemberRole.Witness));
            default:
                throw new ScenarioException("a group is of majority, crash-stop, flexible, weighted (4), domains, joint (5) or has a witness");
        }
    }

    private static LineOptions Option(LineOptions options, string name, int value) => name switch
    {
        "batch-entries" => options with { MaximumBatchEntries = value },
        "batch-bytes" => options with { MaximumBatchBytes = value },
        "window-batches" => options with { MaximumInFlightBatches = value },
        "window-bytes" => options with { MaximumInFlightBytes = value },
        "uncommitted-bytes" => options with { MaximumUncommittedBytes = value },
        "apply-entries" => options with { MaximumApplyEntries = value },
        "snapshot-every-bytes" => options with { SnapshotEveryBytes = value },
        "chunk-bytes" => options with { SnapshotChunkBytes = value },
        "quiesce-after-ms" => options with { QuiesceAfter = TimeSpan.FromMilliseconds(value) },
        "wake-spread-ms" => options with { WakeSpread = TimeSpan.FromMilliseconds(value) },
        "clock-drift-ppm" => options with { ClockDrift = new((uint)value) },
        _ => throw new ScenarioException($"there is no option {name}"),
    };
}
