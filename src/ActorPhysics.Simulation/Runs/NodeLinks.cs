using ActorPhysics.Simulation.Network;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Runs;

/// <summary>The connections between nodes: who is cut off from whom, and who hears that a connection broke or was made.</summary>
internal sealed class NodeLinks(EventQueue events, IReadOnlyList<SimulatedNode> nodes, SimulatedNetwork network)
{
    private static readonly TimeSpan NoticeDelay = TimeSpan.FromMilliseconds(5);

    // A connection on which one end hears nothing for so long is taken for dead, and both ends hear of that (the transport's idle time-out).
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(3);

    // Nodes that heard that their connection broke and not yet that it is made again; sorted, so that they hear it in the same order in every run.
    private readonly SortedSet<(int A, int B)> _toldDown = [];

    /// <summary>Whether nobody has heard that the connection between two nodes broke, or it is made again.</summary>
    public bool Stands(int a, int b) => !_toldDown.Contains(PairOf(a, b));

    /// <summary>Both ends of a node's connections hear that they broke or that they are made.</summary>
    public void Connect(SimulatedNode node, bool up)
    {
        foreach (SimulatedNode other in nodes)
        {
            if (other != node)
            {
                Connect(node, other, up);
            }
        }
    }

    /// <summary>The connection between two nodes breaks and is made again soon.</summary>
    public void Break(int a, int b)
    {
        network.Reset(a, b);
        Connect(nodes[a], nodes[b], up: false);
        events.Plan(events.Now + (NoticeDelay * 3), () => Connect(nodes[a], nodes[b], up: true));
    }

    /// <summary>Half of a connection is dead, and so is all of it once somebody has heard nothing for too long.</summary>
    public void NoticeInTime(int from, int to) => events.Plan(events.Now + IdleTimeout, () =>
    {
        if (network.IsCut(from, to) && !_toldDown.Contains(PairOf(from, to)))
        {
            Die(from, to);
        }
    });

    /// <returns>The links that were cut, each way by itself.</returns>
    public IReadOnlyList<(int From, int To)> Cut(Partition partition)
    {
        var cut = new List<(int From, int To)>();
        for (int from = 0; from < nodes.Count; from++)
        {
            for (int to = 0; to < nodes.Count; to++)
            {
                bool forward = (partition.From & (1 << from)) != 0 && (partition.To & (1 << to)) != 0;
                bool backward = partition.BothWays && (partition.From & (1 << to)) != 0 && (partition.To & (1 << from)) != 0;
                if (from != to && (forward || backward))
                {
                    network.Cut(from, to);
                    cut.Add((from, to));
                    Notice(partition, from, to);
                }
            }
        }

        return cut;
    }

    public void Mend(IReadOnlyList<(int From, int To)> cut)
    {
        foreach ((int from, int to) in cut)
        {
            network.Mend(from, to);
            if (!network.IsCut(from, to) && !network.IsCut(to, from) && _toldDown.Remove(PairOf(from, to)))
            {
                Connect(nodes[from], nodes[to], up: true);
            }
        }
    }

    /// <summary>The network is healed: those among these nodes whose connection broke hear that it is made. A connection that stood is not made again.</summary>
    public void Healed(int among)
    {
        foreach ((int a, int b) in _toldDown)
        {
            if ((among & (1 << a)) != 0 && (among & (1 << b)) != 0)
            {
                Connect(nodes[a], nodes[b], up: true);
            }
        }

        _toldDown.Clear();
    }

    private static (int A, int B) PairOf(int one, int other) => (Math.Min(one, other), Math.Max(one, other));

    private void Notice(Partition partition, int from, int to)
    {
        if (partition.Noticed)
        {
            Die(from, to);
        }
        else
        {
            NoticeInTime(from, to);
        }
    }

    private void Die(int from, int to)
    {
        network.Reset(from, to);
        _toldDown.Add(PairOf(from, to));
        Tell(nodes[from], nodes[to], up: false);
        Tell(nodes[to], nodes[from], up: false);
    }

    private void Connect(SimulatedNode a, SimulatedNode b, bool up)
    {
        TellIfSo(a, b, up);
        TellIfSo(b, a, up);
    }

    private void TellIfSo(SimulatedNode self, SimulatedNode peer, bool up)
    {
        if (self.IsRunning && peer.IsRunning == up)
        {
            Tell(self, peer, up);
        }
    }

    private void Tell(SimulatedNode self, SimulatedNode peer, bool up) => events.Plan(events.Now + NoticeDelay, () => self.Act(() => self.LinkChanged(peer.Node, up)));
}
