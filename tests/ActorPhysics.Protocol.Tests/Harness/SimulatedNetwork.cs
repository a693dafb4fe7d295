using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>Messages under way, in the order in which they were sent; the test decides what becomes of each.</summary>
internal sealed class SimulatedNetwork
{
    private readonly List<LineMessage> _inFlight = [];
    private readonly HashSet<(ReplicaId From, ReplicaId To)> _blocked = [];

    public IReadOnlyList<LineMessage> InFlight => _inFlight;

    public void Send(LineMessage message)
    {
        if (!IsBlocked(message))
        {
            _inFlight.Add(message);
        }
    }

    /// <summary>Puts a copy back, as if it had been on the way all the time.</summary>
    public void Return(LineMessage message) => _inFlight.Add(message);

    public LineMessage TakeAt(int place)
    {
        LineMessage message = _inFlight[place];
        _inFlight.RemoveAt(place);
        return message;
    }

    public List<LineMessage> TakeAll(Predicate<LineMessage> which)
    {
        List<LineMessage> taken = _inFlight.FindAll(which);
        _inFlight.RemoveAll(which);
        return taken;
    }

    public bool IsBlocked(ReplicaId from, ReplicaId to) => _blocked.Contains((from, to));

    /// <summary>Loses what is under way in this direction, and everything sent until it is unblocked.</summary>
    public void Block(ReplicaId from, ReplicaId to)
    {
        _blocked.Add((from, to));
        _inFlight.RemoveAll(IsBlocked);
    }

    public void Unblock(ReplicaId from, ReplicaId to) => _blocked.Remove((from, to));

    public void Heal() => _blocked.Clear();

    private bool IsBlocked(LineMessage message) => _blocked.Contains((message.Envelope.From, message.Envelope.To));
}
