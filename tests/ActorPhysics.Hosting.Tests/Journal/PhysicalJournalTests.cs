using ActorPhysics.Hosting.Journal;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Hosting.Tests.Storage;
using static ActorPhysics.Hosting.Tests.Journal.StreamUser;

namespace ActorPhysics.Hosting.Tests.Journal;

/// <summary>The write-ahead journal on the machine's own file system.</summary>
public sealed class PhysicalJournalTests : IDisposable
{
    private static readonly WriteAheadJournalOptions Options = new() { SegmentBytes = 256 * 1024, ReserveBytes = 64 * 1024 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Records_survive_many_segments_and_openings()
    {
        var expected = new List<string>();
        for (int opening = 0; opening < 4; opening++)
        {
            using var journal = WriteAheadJournal.Open(_folder.Of("journal"), Options);
            var user = new StreamUser(journal, Id(1));
            Assert.Equal(expected, Texts(user.Found));
            for (int i = 0; i < 100; i++)
            {
                user.Append(Long(3000, i));
                expected.Add(Long(3000, i));
            }

            Assert.Null(user.Barrier());
        }

        Assert.Equal(expected, Texts(Assert.Single(WriteAheadJournal.Inspect(_folder.Of("journal")))));
    }

    [Fact]
    [Trait("Pitfall", "33")]
    public void A_journal_in_use_is_refused_by_name()
    {
        using var journal = WriteAheadJournal.Open(_folder.Of("journal"), Options);

        var thrown = Assert.Throws<StorageException>(() => WriteAheadJournal.Open(_folder.Of("journal"), Options));

        Assert.Equal(StorageFaultKind.InUse, thrown.Kind);
        Assert.Contains(_folder.Of("journal"), thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WriteAheadJournalOptions.MinSegmentBytes - 1, 0.5)]
    [InlineData(1 << 20, 0.9)]
    public void Settings_out_of_bounds_are_refused(int segmentBytes, double compactBelow) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => WriteAheadJournal.Open(
            _folder.Of("journal"), new WriteAheadJournalOptions { SegmentBytes = segmentBytes, CompactBelowLiveFraction = compactBelow }));
}
