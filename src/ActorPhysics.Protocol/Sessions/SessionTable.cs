using ActorPhysics.Core;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Sessions;

/// <summary>
/// Exactly-once for client commands, as part of the replicated state (Ongaro, "Consensus: Bridging Theory and Practice", §6.3; seed §5.5).
/// Every decision is a function of the log: time is the time in entries, eviction follows the order of use, no local clock or hash order
/// enters. A session keeps the first result of each sequence that its client has not declared completed, in a bounded window.
/// <para>Sessions are ordered by their last use; as log time never goes back, the order of use is also the order of expiry.</para>
/// </summary>
public sealed class SessionTable
{
    private readonly Dictionary<SessionId, LinkedListNode<Session>> _byId = [];
    private readonly Dictionary<SessionNonce, SessionId> _byNonce = [];

    /// <summary>Invariant: idle longest first; <see cref="Session.LastActive"/> never falls along the list.</summary>
    private readonly LinkedList<Session> _byUse = [];
    private Session? _admitted;
    private ulong _generation;

    /// <exception cref="ArgumentException">The limits make no sense.</exception>
    public SessionTable(SessionLimits limits)
    {
        if (limits.Refusal() is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(limits));
        }

        Limits = limits;
    }

    public SessionLimits Limits { get; }
    public int Count => _byId.Count;

    /// <summary>The latest time seen in an entry.</summary>
    public LogTime Time { get; private set; }

    /// <summary>What all kept results count for, in bytes.</summary>
    public long RetainedBytes { get; private set; }

    /// <summary>
    /// Moves the log's time forward and expires what was idle for too long. A time before the latest one counts as the latest one: a new
    /// leader's clock may be behind. Returns the time that holds for the entry.
    /// </summary>
    public LogTime AdvanceTo(LogTime time)
    {
        Time = LogTime.Max(Time, time);
        while (_byUse.First is { } oldest && Time.MillisecondsSince(oldest.Value.LastActive) > Limits.IdleTimeoutMs)
        {
            Remove(oldest);
        }

        return Time;
    }

    /// <summary>
    /// Opens a session, or finds the live one that the same nonce opened before. A nonce whose session is gone opens another session under
    /// another id. Returns <see cref="SessionId.None"/> for the nonce 0.
    /// </summary>
    public SessionId Open(SessionNonce nonce, CommandPlace place)
    {
        if (nonce.Value == 0)
        {
            return SessionId.None;
        }

        if (_byNonce.TryGetValue(nonce, out SessionId known))
        {
            Touch(_byId[known]);
            return known;
        }

        if (_byId.Count >= Limits.MaxSessions)
        {
            Remove(_byUse.First!);
        }

        SessionId id = IdFor(nonce, place);
        Insert(new Session(id, nonce, place, _generation) { LastActive = Time });
        return id;
    }

    /// <summary>Ends a session. Closing one that is gone already changes nothing, so a repeated close is harmless.</summary>
    public void Close(SessionId session)
    {
        if (_byId.TryGetValue(session, out LinkedListNode<Session>? node))
        {
            Remove(node);
        }
    }

    /// <summary>Counts as use and forgets completed results; false when the session is gone.</summary>
    public bool KeepAlive(SessionId session, CommandSequence completedThrough)
    {
        if (!_byId.TryGetValue(session, out LinkedListNode<Session>? node))
        {
            return false;
        }

        Complete(Touch(node), completedThrough);
        return true;
    }

    /// <summary>
    /// Decides whether a session's command takes effect. With <paramref name="completedThrough"/> the client promises that it will never
    /// ask again for that sequence nor any lower one. After <see cref="SessionDecision.Execute"/> the next call must be
    /// <see cref="Record"/> with the command's outcome.
    /// </summary>
    public SessionAdmission Admit(SessionId session, CommandSequence sequence, CommandSequence completedThrough)
    {
        RequireNothingAdmitted();
        if (sequence == CommandSequence.None)
        {
            return SessionAdmission.Refused(CommandStatus.Malformed);
        }

        if (!_byId.TryGetValue(session, out LinkedListNode<Session>? node))
        {
            return SessionAdmission.Refused(CommandStatus.SessionExpired);
        }

        Session live = Touch(node);
        Complete(live, completedThrough);
        if (sequence <= live.CompletedThrough)
        {
            return SessionAdmission.Refused(CommandStatus.SessionExpired);
        }

        int place = live.Find(sequence);
        if (place >= 0)
        {
            ref readonly FirstResult first = ref live.Kept[place];
            return new SessionAdmission { Decision = SessionDecision.Repeat, Status = first.Status, AppliedAt = first.AppliedAt, Result = first.Bytes };
        }

        if (sequence.Value - live.CompletedThrough.Value > (ulong)Limits.WindowCommands || live.RetainedBytes >= Limits.MaxRetainedBytesPerSession)
        {
            return SessionAdmission.Refused(CommandStatus.SessionWindowFull);
        }

        _admitted = live;
        return SessionAdmission.Execute;
    }

    /// <summary>Keeps the outcome of the command that <see cref="Admit"/> let through last.</summary>
    /// <exception cref="InvariantViolationException">Nothing was let through, or the sequence has an outcome already.</exception>
    public void Record(CommandSequence sequence, CommandStatus status, CommandPlace appliedAt, ReadOnlySpan<byte> result)
    {
        Session live = _admitted ?? throw new InvariantViolationException("ExactlyOnce", "an outcome was recorded for a command that was not admitted");
        _admitted = null;
        long before = live.RetainedBytes;
        live.Keep(new FirstResult(sequence, status, appliedAt, result));
        RetainedBytes += live.RetainedBytes - before;
        while (RetainedBytes > Limits.MaxRetainedBytes && _byUse.First is { } oldest && !ReferenceEquals(oldest.Value, live))
        {
            Remove(oldest);
        }
    }

    /// <summary>
    /// An immutable view of the table as it is now, for a thread that writes it while this one goes on. Costs one reference per session;
    /// each session is then copied once, before its next change.
    /// </summary>
    public SessionTableCapture Capture()
    {
        RequireNothingAdmitted();
        _generation++;
        return new SessionTableCapture(Limits, Time, [.. _byUse]);
    }

    /// <summary>Puts back a captured session, in the captured order. Returns why it cannot be one of this table's, or null.</summary>
    internal string? Restore(Session session, LogTime lastActive)
    {
        if (session.Id.IsNone || session.Nonce.Value == 0)
        {
            return "A session has no identity.";
        }

        if (_byId.ContainsKey(session.Id) || _byNonce.ContainsKey(session.Nonce))
        {
            return $"Session {session.Id} occurs twice.";
        }

        if (lastActive > Time || (_byUse.Last is { } last && lastActive < last.Value.LastActive))
        {
            return $"Session {session.Id} is out of order.";
        }

        session.LastActive = lastActive;
        Insert(session);
        return null;
    }

    internal void RestoreTime(LogTime time) => Time = time;

    private void Insert(Session session)
    {
        _byId.Add(session.Id, _byUse.AddLast(session));
        _byNonce.Add(session.Nonce, session.Id);
        RetainedBytes += session.RetainedBytes;
    }

    private void Remove(LinkedListNode<Session> node)
    {
        _byUse.Remove(node);
        _byId.Remove(node.Value.Id);
        _byNonce.Remove(node.Value.Nonce);
        RetainedBytes -= node.Value.RetainedBytes;
    }

    /// <summary>Makes the session the most recently used one, in a copy of its own if a capture shares it.</summary>
    private Session Touch(LinkedListNode<Session> node)
    {
        if (node.Value.Generation != _generation)
        {
            node.Value = node.Value.Clone(_generation);
        }

        node.Value.LastActive = Time;
        if (node.Next is not null)
        {
            _byUse.Remove(node);
            _byUse.AddLast(node);
        }

        return node.Value;
    }

    private void Complete(Session session, CommandSequence through)
    {
        long before = session.RetainedBytes;
        session.Complete(through);
        RetainedBytes += session.RetainedBytes - before;
    }

    private SessionId IdFor(SessionNonce nonce, CommandPlace place)
    {
        ulong mixed = Mix(nonce.Value);
        mixed = Mix(mixed ^ place.Coordinate.Group.Value);
        mixed = Mix(mixed ^ place.Coordinate.Index.Value);
        mixed = Mix(mixed ^ place.Ordinal.Value);
        while (mixed == 0 || _byId.ContainsKey(new SessionId(mixed)))
        {
            mixed = Mix(mixed);
        }

        return new SessionId(mixed);
    }

    /// <summary>The finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) on the next element of its sequence: a bijection on 64 bits.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E37_79B9_7F4A_7C15;
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }

    private void RequireNothingAdmitted() =>
        Invariant.Require(_admitted is null, "ExactlyOnce", "a command was admitted and its outcome was never recorded");
}
