using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Protocol.Tests.Harness.Monitors;

/// <summary>All monitors of a cluster, in the order in which they look.</summary>
internal sealed class ClusterMonitors
{
    private readonly Monitor[] _monitors;

    public ClusterMonitors(Cluster cluster)
    {
        Trunk = new TrunkMonitor(cluster);
        _monitors =
        [
            new BoundaryMonitor(cluster),
            new LogMatchingMonitor(cluster),
            Trunk,
            new ElectionMonitor(cluster, Trunk),
            new CertificateMonitor(cluster, Trunk),
            new DurabilityMonitor(cluster, Trunk),
            new MembershipMonitor(cluster, Trunk),
            new TrimMonitor(cluster),
            new ReadMonitor(cluster),
        ];
    }

    public TrunkMonitor Trunk { get; }

    public void OnStarted(SimulatedReplica replica) => Each(monitor => monitor.OnStarted(replica));

    public void BeforeStep(SimulatedReplica replica) => Each(monitor => monitor.BeforeStep(replica));

    public void AfterStep(SimulatedReplica replica, IReadOnlyList<LineEffect> effects) => Each(monitor => monitor.AfterStep(replica, effects));

    public void OnSent(SimulatedReplica from, LineMessage message) => Each(monitor => monitor.OnSent(from, message));

    public void OnApplied(SimulatedReplica replica, LogEntry entry) => Each(monitor => monitor.OnApplied(replica, entry));

    public void OnRead(SimulatedReplica replica, ClientRequest read) => Each(monitor => monitor.OnRead(replica, read));

    private void Each(Action<Monitor> look)
    {
        foreach (Monitor monitor in _monitors)
        {
            look(monitor);
        }
    }
}
