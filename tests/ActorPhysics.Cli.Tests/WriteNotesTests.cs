using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Cli.Tests;

/// <summary>An audit that finds nothing wrong proves something only if it finds what is.</summary>
public sealed class WriteNotesTests
{
    private const string Counter = "count/1";
    private static readonly string Key = WriteNotes.KeyOf(writer: 1, number: 1);

    [Fact]
    public void What_was_acknowledged_and_is_stored_there_is_in_order()
    {
        var notes = new WriteNotes();
        notes.Acknowledged(Key, Version(7));
        notes.Counted(Counter, 3, isSure: true);

        Assert.Empty(notes.Audit(Stored((Key, Version(7), 0), (Counter, Version(9), 3))));
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_be_there_or_not()
    {
        var notes = new WriteNotes();
        notes.OutcomeUnknown(Key);
        notes.Counted(Counter, 3, isSure: false);

        Assert.Empty(notes.Audit(Stored((Counter, Version(9), 3))));
        Assert.Empty(notes.Audit(Stored((Key, Version(7), 0), (Counter, Version(9), 4))));
    }

    [Fact]
    public void A_lost_write_is_found()
    {
        var notes = new WriteNotes();
        notes.Acknowledged(Key, Version(7));

        Assert.Contains("lost", Assert.Single(notes.Audit(Stored())), StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_that_was_applied_twice_is_found()
    {
        var notes = new WriteNotes();
        notes.Acknowledged(Key, Version(7));

        Assert.Contains("applied twice", Assert.Single(notes.Audit(Stored((Key, Version(8), 0)))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_that_nobody_made_is_found()
    {
        Assert.Contains("neither", Assert.Single(new WriteNotes().Audit(Stored((Key, Version(7), 0)))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(4, true)]
    [InlineData(2, false)]
    [InlineData(5, false)]
    public void A_counter_that_went_back_or_too_far_is_found(int stored, bool isSure)
    {
        var notes = new WriteNotes();
        notes.Counted(Counter, 3, isSure);

        Assert.Contains("counted to 3", Assert.Single(notes.Audit(Stored((Counter, Version(9), stored)))), StringComparison.Ordinal);
    }

    private static ValueVersion Version(ulong index) => new(new LogIndex(index), EntryOrdinal.First);

    private static SortedDictionary<string, KvItem> Stored(params (string Key, ValueVersion Version, int Number)[] items) =>
        new(items.ToDictionary(item => item.Key, item => new KvItem(item.Key, WriteNotes.Bytes(item.Number), item.Version)), StringComparer.Ordinal);
}
