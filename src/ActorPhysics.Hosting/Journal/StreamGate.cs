using ActorPhysics.Actors.Ports;
using ActorPhysics.Core;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// The door of a stream, where its owner's thread and the journal's meet: an append is let in when it continues the stream, or begins
/// again where one was refused for lack of room.
/// </summary>
internal class StreamGate(JournalStreamId id)
{
    private ulong _nextToAdmit;
    private bool _isReplayed;
    private ulong _refusedFrom;

    public JournalStreamId Id { get; } = id;

    /// <summary>Journal's side: what the next append must begin with, counting those that are in the batch being collected.</summary>
    public JournalSequence Next { get; set; } = JournalSequence.First;

    /// <summary>Owner's side: the stream was replayed, and its next append is this.</summary>
    public void OpenFor(JournalSequence next)
    {
        _nextToAdmit = next.Value;
        Volatile.Write(ref _refusedFrom, 0);
        Volatile.Write(ref _isReplayed, true);
    }

    /// <summary>Owner's side: lets an append in.</summary>
    /// <exception cref="InvariantViolationException">It does not continue the stream.</exception>
    public void Admit(JournalSequence first, int count)
    {
        RequireReplayed();
        if (first.Value != _nextToAdmit)
        {
            ulong refused = Volatile.Read(ref _refusedFrom);
            Invariant.Require(
                refused != 0 && refused == first.Value,
                "JournalOrder",
                (Gate: this, First: first),
                context => $"{context.Gate.Id} is to go on at #{context.Gate._nextToAdmit}, not at {context.First}");
            Volatile.Write(ref _refusedFrom, 0);
        }

        _nextToAdmit = first.Plus((ulong)count).Value;
    }

    /// <summary>Owner's side: lets a deletion in.</summary>
    /// <exception cref="InvariantViolationException">It goes beyond what was appended.</exception>
    public void RequireDeletable(JournalSequence through)
    {
        RequireReplayed();
        Invariant.Require(
            through.Value < _nextToAdmit,
            "JournalOrder",
            (Gate: this, Through: through),
            context => $"{context.Gate.Id} ends before #{context.Gate._nextToAdmit}; {context.Through} cannot be deleted");
    }

    /// <summary>Journal's side: an append was refused; the owner may begin again at <see cref="Next"/>.</summary>
    public void Refuse() => Volatile.Write(ref _refusedFrom, Next.Value);

    /// <exception cref="InvariantViolationException">The gate of a stream that was never asked for.</exception>
    public static TGate Require<TGate>(TGate? gate, JournalStreamId stream)
        where TGate : StreamGate
    {
        Invariant.Require(gate is not null, "JournalReplayedFirst", stream, missing => $"{missing} has not been replayed");
        return gate!;
    }

    private void RequireReplayed() =>
        Invariant.Require(Volatile.Read(ref _isReplayed), "JournalReplayedFirst", this, gate => $"{gate.Id} has not been replayed");
}
