using ActorPhysics.Protocol.Reads;

namespace ActorPhysics.Protocol.Tests.Harness.Monitors;

/// <summary>
/// ReadFreshness (seed §5.4): a linearizable read observes every write whose client knew that it was done before the read was asked for.
/// </summary>
internal sealed class ReadMonitor(Cluster cluster) : Monitor(cluster)
{
    public override void OnRead(SimulatedReplica replica, ClientRequest read)
    {
        Require(read.Level == ReadLevel.Follower || read.AnsweredAt >= read.AcknowledgedBefore, "ReadFreshness",
            $"{replica.Id} answers {read.Level} read {read.Name} at {read.AnsweredAt}; writes through {read.AcknowledgedBefore} were done before it was asked");
    }
}
