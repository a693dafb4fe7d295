using ActorPhysics.Core;
using ActorPhysics.Core.Space;
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

    /// <summary>How many sessions share their nonce with another one, which only tables that met can have.</summary>
    private int _twins;

    /// <exception cref="ArgumentException">The limits make no sense.</exception>
    public SessionTable(SessionLimits limits)
    {
        if (limits.Refusal() is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(limits));
        }

        Limits = limits;
    }

    /// <summary>They change only when another table is absorbed that may hold larger windows or results.</summary>
    public SessionLimits Limits { get; private set; }
    public int Count => _byId.Count;

    /// <summary>
    /// The highest <see cref="Session.SharedSince"/> of a session that was forgotten here with results which other copies may lack; <c>default</c> when there
    /// was none. It travels with every parcel.
    /// </summary>
    public ShardMapVersion ForgottenThrough { get; private set; }

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
    /// <see cref="Record"/> with the command's outcome, or <see cref="Decline"/>.
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

        if (live.IsSpent)
        {
            return SessionAdmission.Refused(CommandStatus.SessionExpired);
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
        live.HasDiverged |= live.SharedSince != default;
        RetainedBytes += live.RetainedBytes - before;
        while (RetainedBytes > Limits.MaxRetainedBytes && _byUse.First is { } oldest && !ReferenceEquals(oldest.Value, live))
        {
            Remove(oldest);
        }
    }

    /// <summary>The command that <see cref="Admit"/> let through last takes no effect here: nothing of it is kept, and it may be tried again.</summary>
    /// <exception cref="InvariantViolationException">Nothing was let through.</exception>
    public void Decline()
    {
        Invariant.Require(_admitted is not null, "ExactlyOnce", "a command was declined that was not admitted");
        _admitted = null;
    }

    /// <summary>
    /// Notes that from this version of the shard map on, other groups may have a copy of each session: called before the table is captured for a parcel, so
    /// that both sides know. Costs a copy of every session that is not shared yet.
    /// </summary>
    public void Share(ShardMapVersion version)
    {
        RequireNothingAdmitted();
        for (LinkedListNode<Session>? node = _byUse.First; node is not null; node = node.Next)
        {
            if (node.Value.SharedSince == default)
            {
                Own(node).SharedSince = version;
            }
        }
    }

    /// <summary>
    /// Takes over what another table knows, when the keys of its group come to this one: kept results and completed marks are united by session. Both
    /// tables absorbed one into the other in either order give the same table but for the limits, the time and the order among sessions used at the same time.
    /// <para>A session that only one of them knows is taken over, or kept, as it is, unless the other table forgot a copy of it with results of
    /// its own: then a retry of those would take effect twice, so the session is spent (see <see cref="Session.IsSpent"/>). Sessions beyond the limits go as
    /// always, idle longest first.</para>
    /// </summary>
    public void Absorb(SessionTable other)
    {
        ArgumentNullException.ThrowIfNull(other);
        RequireNothingAdmitted();
        other.RequireNothingAdmitted();
        Limits = Limits with
        {
            WindowCommands = Math.Max(Limits.WindowCommands, other.Limits.WindowCommands),
            MaxResultBytes = Math.Max(Limits.MaxResultBytes, other.Limits.MaxResultBytes),
        };
        for (LinkedListNode<Session>? node = _byUse.First; node is not null; node = node.Next)
        {
            if (!other._byId.ContainsKey(node.Value.Id) && IsForgotten(node.Value, other.ForgottenThrough))
            {
                Own(node).IsSpent = true;
            }
        }

        List<Session> united = Unite(other);
        ForgottenThrough = Later(ForgottenThrough, other.ForgottenThrough);
        Rebuild(united);
        EvictBeyondLimits();
    }

    /// <summary>
    /// An immutable view of the table as it is now, for a thread that writes it while this one goes on. Costs one reference per session;
    /// each session is then copied once, before its next change.
    /// </summary>
    public SessionTableCapture Capture()
    {
        RequireNothingAdmitted();
        _generation++;
        return new SessionTableCapture(Limits, Time, ForgottenThrough, [.. _byUse]);
    }

    /// <summary>Puts back a captured session, in the captured order. Returns why it cannot be one of this table's, or null.</summary>
    internal string? Restore(Session session, LogTime lastActive)
    {
        if (session.Id.IsNone || session.Nonce.Value == 0)
        {
            return "A session has no identity.";
        }

        if (_byId.ContainsKey(session.Id))
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

    internal void RestoreTime(LogTime time, ShardMapVersion forgottenThrough) => (Time, ForgottenThrough) = (time, forgottenThrough);

    private void Insert(Session session)
    {
        _byId.Add(session.Id, _byUse.AddLast(session));
        RetainedBytes += session.RetainedBytes;
        if (_byNonce.TryAdd(session.Nonce, session.Id))
        {
            return;
        }

        // The same nonce opened a session in two groups whose tables met. Which of them it finds is a function of the set, so that a replica restored
        // from a snapshot finds the same.
        _twins++;
        if (session.Id.CompareTo(_byNonce[session.Nonce]) < 0)
        {
            _byNonce[session.Nonce] = session.Id;
        }
    }

    private void Remove(LinkedListNode<Session> node)
    {
        Session session = node.Value;
        _byUse.Remove(node);
        _byId.Remove(session.Id);
        RetainedBytes -= session.RetainedBytes;
        if (session.HasDiverged)
        {
            ForgottenThrough = Later(ForgottenThrough, session.SharedSince);
        }

        SessionId heir = _twins == 0 ? SessionId.None : TwinOf(session.Nonce);
        if (heir.IsNone)
        {
            _byNonce.Remove(session.Nonce);
        }
        else
        {
            _twins--;
            _byNonce[session.Nonce] = heir;
        }
    }

    /// <summary>The lowest session that the nonce opened.</summary>
    private SessionId TwinOf(SessionNonce nonce)
    {
        SessionId lowest = SessionId.None;
        foreach (Session session in _byUse)
        {
            if (session.Nonce == nonce && (lowest.IsNone || session.Id.CompareTo(lowest) < 0))
            {
                lowest = session.Id;
            }
        }

        return lowest;
    }

    private static ShardMapVersion Later(ShardMapVersion a, ShardMapVersion b) => a < b ? b : a;

    private static bool IsForgotten(Session session, ShardMapVersion forgottenThrough) =>
        session.SharedSince != default && session.SharedSince <= forgottenThrough;

    /// <summary>All sessions of both tables, copies united, none used later than now.</summary>
    private List<Session> Unite(SessionTable other)
    {
        var united = new List<Session>(_byId.Count + other._byId.Count);
        foreach (Session theirs in other._byUse)
        {
            Session session = theirs.Clone(_generation);
            if (_byId.TryGetValue(theirs.Id, out LinkedListNode<Session>? node))
            {
                session.Unite(node.Value);
            }
            else if (IsForgotten(session, ForgottenThrough))
            {
                session.IsSpent = true;
            }

            // The other group's clock may be ahead of this one's.
            session.LastActive = session.LastActive > Time ? Time : session.LastActive;
            united.Add(session);
        }

        united.AddRange(_byUse.Where(ours => !other._byId.ContainsKey(ours.Id)));
        united.Sort(static (a, b) => a.LastActive.CompareTo(b.LastActive) is var order && order != 0 ? order : a.Id.CompareTo(b.Id));
        return united;
    }

    private void Rebuild(List<Session> sessions)
    {
        _byUse.Clear();
        _byId.Clear();
        _byNonce.Clear();
        (_twins, RetainedBytes) = (0, 0);
        foreach (Session session in sessions)
        {
            Insert(session);
        }
    }

    private void EvictBeyondLimits()
    {
        AdvanceTo(Time);
        while (_byId.Count > Limits.MaxSessions || (RetainedBytes > Limits.MaxRetainedBytes && _byId.Count > 1))
        {
            Remove(_byUse.First!);
        }
    }

    /// <summary>The session in a copy of this table's own, if a capture shares it.</summary>
    private Session Own(LinkedListNode<Session> node)
    {
        if (node.Value.Generation != _generation)
        {
            node.Value = node.Value.Clone(_generation);
        }

        return node.Value;
    }

    /// <summary>Makes the session the most recently used one, in a copy of its own if a capture shares it.</summary>
    private Session Touch(LinkedListNode<Session> node)
    {
        Own(node).LastActive = Time;
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
