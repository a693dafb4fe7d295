using System.Text;
using ActorPhysics.Actors.StateMachines.Handoffs;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>
/// What a replica materializes from its trunk: the user's machine, the client sessions, the keys that the group owns, the applied position and the running
/// digest. They move together and are captured together, so no crash can separate them. Used by one thread at a time.
/// <para>A broken invariant leaves a state that nobody can vouch for; every later call throws the same exception again.</para>
/// </summary>
public sealed class ReplicatedState
{
    private readonly IReplicatedStateMachine _machine;
    private readonly SessionTable _sessions;

    /// <summary>Null for a group outside of any space.</summary>
    private readonly KeyDesk? _keys;
    private InvariantViolationException? _broken;

    /// <summary>A group's state at its birth.</summary>
    /// <param name="definition">The group's state machine.</param>
    /// <param name="group">The group.</param>
    /// <param name="limits">The bounds of its sessions; the same on every replica.</param>
    /// <param name="keys">The keys that it owns, as its charter says; null for a group outside of any space.</param>
    /// <exception cref="ArgumentException">The keys make no sense, or are not for this machine; see <see cref="StateMachineDefinition.ComplaintAbout"/>.</exception>
    public ReplicatedState(StateMachineDefinition definition, GroupId group, SessionLimits limits, KeysAtBirth? keys = null)
        : this(definition, definition.Create(), new SessionTable(limits), new Coordinate(group, default, default, LogIndex.Zero), default, keys: null)
    {
        if (keys is null)
        {
            return;
        }

        if (definition.ComplaintAbout(keys) is { } complaint)
        {
            throw new ArgumentException(complaint, nameof(keys));
        }

        _keys = new KeyDesk(definition, _machine, KeyOwnership.Born(keys), outgoing: null, incoming: null);
        Digest = Digest.Take(KeyOwnershipCodec.Encode(_keys.Ownership));
    }

    internal ReplicatedState(
        StateMachineDefinition definition, IReplicatedStateMachine machine, SessionTable sessions, Coordinate applied, StateDigest digest, KeyDesk? keys)
    {
        Definition = definition;
        _machine = machine;
        _sessions = sessions;
        Applied = applied;
        Digest = digest;
        _keys = keys;
    }

    /// <summary>What a witness has instead of a state: how far its log has been passed.</summary>
    public static ReplicatedState LogOnly(StateMachineDefinition definition, Coordinate applied)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return new ReplicatedState(definition, definition.Create(), new SessionTable(SessionLimits.Default), applied, default, keys: null) { IsLogOnly = true };
    }

    public StateMachineDefinition Definition { get; }

    /// <summary>Nothing is materialized: commands are passed and not carried out, there is nothing to be asked, and a capture has no body.</summary>
    public bool IsLogOnly { get; private init; }

    /// <summary>The machine itself, for who lives beside the replica and only looks.</summary>
    internal IReplicatedStateMachine Machine => _machine;

    /// <summary>The last entry that is part of this state; index 0 at birth.</summary>
    public Coordinate Applied { get; private set; }

    /// <summary>The latest time of an applied entry.</summary>
    public LogTime Time => _sessions.Time;
    public StateDigest Digest { get; private set; }
    public int SessionCount => _sessions.Count;

    /// <summary>Which keys the group owns at <see cref="Applied"/>; null for a group outside of any space.</summary>
    public KeyOwnership? Ownership => _keys?.Ownership;

    /// <summary>Where the group's range may be divided: a space sharded by hash in the middle of its points, an ordered one at the middle key. Null when nowhere.</summary>
    public KeyPoint? Middle => _keys?.Middle;

    /// <summary>Restores a captured state beside any living one; the caller swaps them. On failure nothing is left behind.</summary>
    /// <param name="definition">Must have the name that the snapshot was written under, and no lower version.</param>
    /// <param name="snapshot">What <see cref="ReplicatedStateCapture.WriteTo"/> wrote.</param>
    /// <param name="configuration">The configuration bytes that were captured with it.</param>
    /// <exception cref="InvalidDataException">The snapshot is damaged, of another machine, or of a later version.</exception>
    public static ReplicatedState Restore(StateMachineDefinition definition, Stream snapshot, out ReadOnlyMemory<byte> configuration) =>
        ReplicatedStateFormat.Read(definition, snapshot, out configuration);

    /// <summary>Takes an entry without commands (a barrier, a configuration), or any where nothing is materialized, into the position and the digest.</summary>
    /// <exception cref="InvariantViolationException">The entry is not the next one.</exception>
    public void PassEntry(Coordinate at)
    {
        RequireSound();
        RequireNext(at);
        Applied = at;
        Digest = Digest.Pass(at);
    }

    /// <summary>Applies a committed entry's commands in order and fills <paramref name="results"/>, one outcome per command.</summary>
    /// <param name="at">The entry; the one after <see cref="Applied"/>.</param>
    /// <param name="time">The time that the entry carries; one before <see cref="Time"/> counts as <see cref="Time"/>.</param>
    /// <param name="commands">What a <see cref="CommandBatchWriter"/> wrote.</param>
    /// <param name="results">Cleared first.</param>
    /// <exception cref="InvariantViolationException">
    /// <c>ContiguousApply</c>: the entry is not the next one. <c>EntryDecodable</c>: the entry was committed, but this build cannot read
    /// it; skipping it would part this replica from those that can. <c>StateMachineTotal</c>: the machine threw.
    /// </exception>
    public void ApplyCommands(Coordinate at, LogTime time, ReadOnlySpan<byte> commands, AppliedBatch results)
    {
        RequireSound();
        RequireNext(at);
        if (IsLogOnly)
        {
            throw Broken("StateMachineSafety", $"a witness has no state to which entry {at} could be applied");
        }

        if (!CommandBatchReader.TryCount(commands, out _, out string? refusal))
        {
            throw Broken("EntryDecodable", $"entry {at} of {commands.Length} bytes cannot be read by this build: {refusal}");
        }

        results.Clear();
        KeyOwnership? before = _keys?.Ownership;
        LogTime effective = _sessions.AdvanceTo(time);
        var reader = new CommandBatchReader(commands);
        while (reader.TryRead(out CommandView command))
        {
            ApplyCommand(new ApplyContext(at, reader.Ordinal, effective), command, results);
        }

        Applied = at;
        Digest = Digest.Apply(at, effective, commands, results);
        if (_keys is not null && !ReferenceEquals(before, _keys.Ownership))
        {
            Digest = Digest.Take(KeyOwnershipCodec.Encode(_keys.Ownership));
        }
    }

    /// <summary>Answers a query from the applied state. A query that throws is refused with the exception's message; the state is unharmed.</summary>
    /// <param name="scope">
    /// For a query without a key: the range that the asker believes the group to own, which must be exactly what it owns. Null when it is not said.
    /// </param>
    public QueryOutcome Query(ReadOnlySpan<byte> query, KeyRange? scope, Wire.Buffers.PooledBuffer answer)
    {
        RequireSound();
        int start = answer.Count;
        try
        {
            if (_keys is not null && !_keys.Admits(query, scope, answer))
            {
                return QueryOutcome.WrongShard;
            }

            return _machine.Query(query, answer) == MachineOutcome.Done ? QueryOutcome.Answered : QueryOutcome.Refused;
        }
        catch (Exception fault) when (fault is not (InvariantViolationException or OutOfMemoryException))
        {
            answer.Truncate(start);
            answer.Write(Encoding.UTF8.GetBytes($"The query failed: {fault.GetType().Name}: {fault.Message}"));
            return QueryOutcome.Refused;
        }
    }

    /// <summary>
    /// A piece of the parcel that this group keeps for the taker of a handoff, from an offset on: at most so many bytes, fewer where memory ends, none at the
    /// end of the parcel. The bytes never change. False when nothing of that handoff is kept, because it is not applied here yet or released already.
    /// </summary>
    public bool TryReadParcel(HandoffId handoff, long offsetBytes, int maxBytes, out ReadOnlyMemory<byte> piece)
    {
        piece = default;
        return _keys is not null && _keys.TryReadParcel(handoff, offsetBytes, maxBytes, out piece);
    }

    /// <summary>An immutable view of everything as it is now; written by another thread while applies go on here.</summary>
    /// <param name="configuration">The group's configuration at <see cref="Applied"/>, encoded; it travels with the state.</param>
    public ReplicatedStateCapture Capture(ReadOnlyMemory<byte> configuration)
    {
        RequireSound();
        return new ReplicatedStateCapture(Definition, Applied, Digest, _sessions.Capture(), _machine.Capture(), _keys?.Capture(), configuration) { IsLogOnly = IsLogOnly };
    }

    /// <summary>Hashes the state here and now. It walks the whole state: for a large one, hash a capture on another thread.</summary>
    public StateHash ComputeHash()
    {
        using ReplicatedStateCapture capture = Capture(default);
        return capture.ComputeHash();
    }

    private void ApplyCommand(in ApplyContext context, in CommandView command, AppliedBatch results)
    {
        var place = new CommandPlace(context.Coordinate, context.Ordinal);
        int start = results.Results.Count;
        switch (command.Kind)
        {
            case CommandKind.User when command.Session.IsNone:
                CommandStatus status = Unowned(context, command.Payload, results) ?? RunMachine(context, command.Payload, results);
                results.Add(status, place, repeated: false, start);
                break;
            case CommandKind.User:
                ApplyInSession(context, command, place, results);
                break;
            case CommandKind.OpenSession:
                results.Add(OpenSession(command.Nonce, place, results), place, repeated: false, start);
                break;
            case CommandKind.CloseSession:
                _sessions.Close(command.Session);
                results.Add(CommandStatus.Applied, place, repeated: false, start);
                break;
            case CommandKind.KeepAlive:
                bool alive = _sessions.KeepAlive(command.Session, command.CompletedThrough);
                results.Add(alive ? CommandStatus.Applied : CommandStatus.SessionExpired, place, repeated: false, start);
                break;
            case CommandKind.HandOut or CommandKind.TakeIn or CommandKind.Release:
                results.Add(ObeyHandoff(context, command, results), place, repeated: false, start);
                break;
            default:
                throw Broken("EntryDecodable", $"command {place} is of the unknown kind {(uint)command.Kind}");
        }
    }

    private void ApplyInSession(in ApplyContext context, in CommandView command, CommandPlace place, AppliedBatch results)
    {
        int start = results.Results.Count;
        SessionAdmission admission = _sessions.Admit(command.Session, command.Sequence, command.CompletedThrough);

        // A first result is given whoever owns the key by now; only what would take effect here must be owned here. Neither a full window nor a session that
        // is unknown here keeps anybody from learning that the key is elsewhere: where the key is, the session is, and it may be on its way to here.
        bool isNew = admission.Decision == SessionDecision.Execute || admission.Status is CommandStatus.SessionWindowFull or CommandStatus.SessionExpired;
        if (isNew && Unowned(context, command.Payload, results) is { } elsewhere)
        {
            if (admission.Decision == SessionDecision.Execute)
            {
                _sessions.Decline();
            }

            results.Add(elsewhere, place, repeated: false, start);
            return;
        }

        switch (admission.Decision)
        {
            case SessionDecision.Execute:
                CommandStatus status = RunMachine(context, command.Payload, results);
                _sessions.Record(command.Sequence, status, place, results.Results.WrittenSpan[start..]);
                results.Add(status, place, repeated: false, start);
                break;
            case SessionDecision.Repeat:
                bool fits = admission.Result.Length <= AppliedBatch.MaxResultBytes - start;
                results.Results.Write(fits ? admission.Result : default);
                results.Add(fits ? admission.Status : CommandStatus.ResultTooLarge, admission.AppliedAt, repeated: true, start);
                break;
            default:
                results.Add(admission.Status, place, repeated: false, start);
                break;
        }
    }

    private CommandStatus OpenSession(SessionNonce nonce, CommandPlace place, AppliedBatch results)
    {
        SessionId session = _sessions.Open(nonce, place);
        if (session.IsNone)
        {
            return CommandStatus.Malformed;
        }

        new SessionOpened(session, (uint)_sessions.Limits.WindowCommands, _sessions.Limits.IdleTimeoutMs).WriteTo(results.Results);
        return CommandStatus.Applied;
    }

    /// <summary>Why the command takes no effect in this group, with the result written; null when it does.</summary>
    private CommandStatus? Unowned(in ApplyContext context, ReadOnlySpan<byte> command, AppliedBatch results)
    {
        if (_keys is null)
        {
            return null;
        }

        try
        {
            return _keys.Refuse(command, results.Results);
        }
        catch (Exception fault)
        {
            throw Broken("StateMachineTotal", $"state machine '{Definition.Name}' threw on the key of command {context.Coordinate}#{context.Ordinal}: {fault}");
        }
    }

    private CommandStatus ObeyHandoff(in ApplyContext context, in CommandView command, AppliedBatch results)
    {
        if (_keys is null)
        {
            results.Results.Write("The group belongs to no space, so no keys change hands here."u8);
            return CommandStatus.Refused;
        }

        HandoffAnswer? answer;
        try
        {
            answer = command.Kind switch
            {
                CommandKind.HandOut when HandoffCodec.TryDecode(command.Payload, out HandOut? order) =>
                    _keys.Obey(order, Applied.Group, context.Coordinate.ConfigEpoch, _sessions),
                CommandKind.TakeIn when HandoffCodec.TryDecode(command.Payload, out TakeIn? order, out ReadOnlyMemory<byte> piece) =>
                    _keys.Obey(order, piece.Span, Applied.Group, _sessions),
                CommandKind.Release when HandoffCodec.TryDecode(command.Payload, out Release? order) => _keys.Obey(order),
                _ => null,
            };
        }
        catch (InvalidDataException fault)
        {
            throw Broken("EntryDecodable", $"the parcel that command {context.Coordinate}#{context.Ordinal} completes cannot be read by this build: {fault}");
        }
        catch (Exception fault) when (fault is not InvariantViolationException)
        {
            throw Broken("StateMachineTotal", $"state machine '{Definition.Name}' threw on handoff {context.Coordinate}#{context.Ordinal}: {fault}");
        }
        catch (InvariantViolationException fault)
        {
            _broken = fault;
            throw;
        }

        results.Results.Write(answer is null ? "The order cannot be read."u8 : answer.Encode());
        return answer is null ? CommandStatus.Refused : CommandStatus.Applied;
    }

    private CommandStatus RunMachine(in ApplyContext context, ReadOnlySpan<byte> command, AppliedBatch results)
    {
        int start = results.Results.Count;
        MachineOutcome outcome;
        try
        {
            outcome = _machine.Apply(context, command, results.Results);
        }
        catch (Exception fault)
        {
            throw Broken("StateMachineTotal", $"state machine '{Definition.Name}' threw on command {context.Coordinate}#{context.Ordinal}: {fault}");
        }

        int room = Math.Min(_sessions.Limits.MaxResultBytes, AppliedBatch.MaxResultBytes - start);
        if (results.Results.Count - start > room)
        {
            results.Results.Truncate(start);
            return outcome == MachineOutcome.Done ? CommandStatus.ResultTooLarge : CommandStatus.Refused;
        }

        return outcome == MachineOutcome.Done ? CommandStatus.Applied : CommandStatus.Refused;
    }

    private void RequireNext(Coordinate at)
    {
        if (at.Group != Applied.Group || at.Index != Applied.Index.Next)
        {
            throw Broken("ContiguousApply", $"entry {at} does not follow {Applied}");
        }
    }

    private void RequireSound()
    {
        if (_broken is not null)
        {
            throw _broken;
        }
    }

    private InvariantViolationException Broken(string invariant, string detail) => _broken = new InvariantViolationException(invariant, detail);
}
