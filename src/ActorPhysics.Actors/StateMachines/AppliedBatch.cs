using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Buffers;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>How one command of the trunk ended.</summary>
public readonly ref struct AppliedCommand
{
    public CommandStatus Status { get; init; }

    /// <summary>Where it took effect: for a repetition the place of the first application, for a refusal its own place.</summary>
    public CommandPlace Place { get; init; }

    /// <summary>The command had taken effect before; status, place and result are the first ones.</summary>
    public bool Repeated { get; init; }

    /// <summary>The result, or the reason of a refusal; valid until the batch is filled again.</summary>
    public ReadOnlySpan<byte> Result { get; init; }
}

/// <summary>
/// The outcomes of an entry's commands by ordinal, in one pooled buffer. Its owner hands it to <see cref="ReplicatedState.ApplyCommands"/>
/// again and again; each filling drops the one before.
/// </summary>
public sealed class AppliedBatch : IDisposable
{
    /// <summary>Results beyond this total are dropped and marked <see cref="CommandStatus.ResultTooLarge"/>, in bytes. Part of the protocol.</summary>
    public const int MaxResultBytes = 256 * 1024 * 1024;
    private const int IdleBytes = 1024 * 1024;

    private readonly List<Outcome> _outcomes = [];

    public int Count => _outcomes.Count;

    /// <exception cref="ArgumentOutOfRangeException">The entry had fewer commands.</exception>
    public AppliedCommand this[EntryOrdinal ordinal]
    {
        get
        {
            Outcome outcome = _outcomes[checked((int)ordinal.Value)];
            return new AppliedCommand
            {
                Status = outcome.Status,
                Place = outcome.Place,
                Repeated = outcome.Repeated,
                Result = Results.WrittenSpan.Slice(outcome.Start, outcome.Length),
            };
        }
    }

    /// <summary>The results one after the other; a machine writes the next one here.</summary>
    internal PooledBuffer Results { get; } = new(maxBytes: Array.MaxLength);

    public void Dispose() => Results.Dispose();

    internal void Clear()
    {
        _outcomes.Clear();
        Results.Clear();
        Results.ReleaseIfIdle(IdleBytes);
    }

    /// <summary>Ends a command whose result begins at <paramref name="start"/> and ends where the buffer ends.</summary>
    internal void Add(CommandStatus status, CommandPlace place, bool repeated, int start) =>
        _outcomes.Add(new Outcome(status, place, repeated, start, Results.Count - start));

    private readonly record struct Outcome(CommandStatus Status, CommandPlace Place, bool Repeated, int Start, int Length);
}
