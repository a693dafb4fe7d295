using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Network;

/// <summary>
/// The links between nodes, each way by itself. It may lose, delay, repeat and reorder whatever it carries, and it can be cut; it never changes
/// or invents a message.
/// </summary>
internal sealed class SimulatedNetwork
{
    private readonly EventQueue _events;
    private readonly NetworkWeather _weather;
    private readonly SeededRandom _random;
    private readonly Link[,] _links;
    private readonly Action<int, int, LineMessage> _deliver;
    private readonly Func<int, LineMessage, LineMessage>? _carry;

    /// <param name="carry">Takes a message to a node as bytes; null where messages cross as objects.</param>
    public SimulatedNetwork(EventQueue events, NetworkWeather weather, SeededRandom random, int nodes, Func<int, LineMessage, LineMessage>? carry, Action<int, int, LineMessage> deliver)
    {
        _events = events;
        _weather = weather;
        _random = random;
        _deliver = deliver;
        _carry = carry;
        _links = new Link[nodes, nodes];
        for (int from = 0; from < nodes; from++)
        {
            for (int to = 0; to < nodes; to++)
            {
                _links[from, to] = new Link();
            }
        }
    }

    /// <summary>Hears which object a message goes on as, which is another one where it crosses as bytes.</summary>
    public Action<LineMessage, LineMessage>? Carried { get; init; }
    public int Sent { get; private set; }
    public int Dropped { get; private set; }
    public int Duplicated { get; private set; }
    public int Delivered { get; private set; }

    /// <summary>From now on every message gets through, soon and once.</summary>
    public bool IsHealed { get; private set; }

    public bool IsCut(int from, int to) => _links[from, to].Cuts > 0;

    public void Send(int from, int to, LineMessage message, TimeSpan departsAfter)
    {
        Sent++;
        Link link = _links[from, to];
        if (link.Cuts > 0 || (!IsHealed && _random.Chance(_weather.DropsPerMillion + link.ExtraDropsPerMillion)))
        {
            Dropped++;
            return;
        }

        LineMessage carried = _carry is null ? message : _carry(to, message);
        Carried?.Invoke(message, carried);
        Plan(from, to, carried, departsAfter);
        if (!IsHealed && _random.Chance(_weather.DuplicatesPerMillion))
        {
            Duplicated++;
            Plan(from, to, carried, departsAfter);
        }
    }

    /// <summary>Carries what two nodes say to each other besides the messages of replicas, over the same link; it comes once or is lost.</summary>
    public void Post(int from, int to, TimeSpan departsAfter, Action arrive)
    {
        Link link = _links[from, to];
        if (link.Cuts > 0 || (!IsHealed && _random.Chance(_weather.DropsPerMillion + link.ExtraDropsPerMillion)))
        {
            Dropped++;
            return;
        }

        int connection = link.Connection;
        _events.Plan(ArrivalOf(link, departsAfter), () =>
        {
            if (link.Cuts > 0 || link.Connection != connection)
            {
                Dropped++;
                return;
            }

            arrive();
        });
    }

    public TimeSpan DrawLatency() => _weather.Latency + _random.Exponential(_weather.Jitter);

    public void Cut(int from, int to) => _links[from, to].Cuts++;

    public void Mend(int from, int to) => _links[from, to].Cuts = Math.Max(0, _links[from, to].Cuts - 1);

    public void Slow(int from, int to, TimeSpan extra, int dropsPerMillion)
    {
        _links[from, to].Extra = extra;
        _links[from, to].ExtraDropsPerMillion = dropsPerMillion;
    }

    /// <summary>The connection between two nodes broke: what is under way on it is lost.</summary>
    public void Reset(int a, int b)
    {
        _links[a, b].Connection++;
        _links[b, a].Connection++;
    }

    public void Heal()
    {
        IsHealed = true;
        foreach (Link link in _links)
        {
            link.Cuts = 0;
            link.Extra = TimeSpan.Zero;
            link.ExtraDropsPerMillion = 0;
        }
    }

    private void Plan(int from, int to, LineMessage message, TimeSpan departsAfter)
    {
        Link link = _links[from, to];
        _events.Plan(ArrivalOf(link, departsAfter), new Arrival(this, from, to, link.Connection, message));
    }

    private WorldTime ArrivalOf(Link link, TimeSpan departsAfter)
    {
        WorldTime arrival = _events.Now + departsAfter + DrawLatency() + link.Extra;
        if (!_weather.Reorders)
        {
            arrival = WorldTime.Max(arrival, link.LastArrival);
            link.LastArrival = arrival;
        }

        return arrival;
    }

    private sealed class Arrival(SimulatedNetwork network, int from, int to, int connection, LineMessage message) : WorldEvent
    {
        public override void Happen()
        {
            Link link = network._links[from, to];
            if (link.Cuts > 0 || link.Connection != connection)
            {
                network.Dropped++;
                return;
            }

            network.Delivered++;
            network._deliver(from, to, message);
        }
    }

    private sealed class Link
    {
        public int Cuts { get; set; }
        public TimeSpan Extra { get; set; }
        public int ExtraDropsPerMillion { get; set; }
        public WorldTime LastArrival { get; set; }
        public int Connection { get; set; }
    }
}
