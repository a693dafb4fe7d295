using ActorPhysics.Client.Requests;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Commands;

namespace ActorPhysics.Client.Sessions;

/// <summary>Where a session is in its life.</summary>
internal enum SessionState
{
    /// <summary>Not yet known to the group.</summary>
    Closed,

    /// <summary>Its open command is on the way.</summary>
    Opening,
    Open,

    /// <summary>The group has forgotten it; another one takes its place.</summary>
    Expired,
}

/// <summary>
/// This client's session with one group: it numbers commands, so that each is applied once however often it is sent, and tells the group
/// which answers need not be kept. Guarded by the gate.
/// </summary>
internal sealed class ClientSession(GroupId group)
{
    private bool[] _finished = [];
    private ulong _last;

    public GroupId Group { get; } = group;
    public SessionState State { get; private set; }
    public SessionId Id { get; private set; }
    public TimeSpan IdleTimeout { get; private set; }

    /// <summary>Commands that have no number yet: the session is not open, or its window is full.</summary>
    public RequestList Waiting { get; } = new();

    /// <summary>Every command up to here is over for this client.</summary>
    public CommandSequence CompletedThrough { get; private set; }

    /// <summary>When a command of this session was last sent.</summary>
    public MonotonicTime LastUsed { get; set; }

    public bool HasRoom => State == SessionState.Open && _last - CompletedThrough.Value < (ulong)_finished.Length;

    public void BeginOpening() => State = SessionState.Opening;

    public void OpeningFailed() => State = SessionState.Closed;

    public void Opened(SessionOpened opened)
    {
        State = SessionState.Open;
        Id = opened.Session;
        IdleTimeout = TimeSpan.FromMilliseconds(Math.Min(opened.IdleTimeoutMs, uint.MaxValue));
        _finished = new bool[Math.Clamp(opened.WindowCommands, 1, PendingTable.Capacity)];
    }

    public void Expire() => State = SessionState.Expired;

    /// <summary>Numbers a command; <see cref="HasRoom"/> must hold.</summary>
    public CommandSequence NextSequence() => new(++_last);

    /// <summary>
    /// The client will not ask for this command's outcome again, whatever became of it; when it is the oldest one, everything finished
    /// behind it completes too.
    /// </summary>
    public void Finish(CommandSequence sequence)
    {
        int window = _finished.Length;
        _finished[(int)(sequence.Value % (ulong)window)] = true;
        ulong through = CompletedThrough.Value;
        while (through < _last && _finished[(int)((through + 1) % (ulong)window)])
        {
            through++;
            _finished[(int)(through % (ulong)window)] = false;
        }

        CompletedThrough = new CommandSequence(through);
    }
}
