using ActorPhysics.Actors.Ports;
using ActorPhysics.Core;
using static ActorPhysics.Hosting.Tests.Journal.StreamUser;

namespace ActorPhysics.Hosting.Tests.Journal;

/// <summary>What every journal does, also one that forgets everything when its process ends.</summary>
public abstract class JournalConformance<THarness> : IDisposable
    where THarness : JournalHarness, new()
{
    protected THarness Harness { get; } = new();

    public void Dispose()
    {
        Harness.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Records_come_back_in_order_with_consecutive_sequences()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        user.Persist("a", "b");
        user.Persist("c");

        JournalReplay replay = journal.Replay(Id(1));

        Assert.Equal(["a", "b", "c"], Texts(replay));
        Assert.Equal([1UL, 2, 3], replay.Records.Select(record => record.Sequence.Value));
        Assert.Equal(new JournalSequence(4), replay.Next);
        Assert.IsType<JournalVerdict.Clean>(replay.Verdict);
        JournalHarness.Close(journal);
    }

    [Fact]
    public void A_new_stream_is_empty_and_clean()
    {
        IJournal journal = Harness.Open();

        JournalReplay replay = journal.Replay(Id(9));

        Assert.Empty(replay.Records);
        Assert.Equal(JournalSequence.First, replay.Next);
        Assert.IsType<JournalVerdict.Clean>(replay.Verdict);
        Assert.IsType<LatestGuarded.None>(replay.Guarded);
        JournalHarness.Close(journal);
    }

    [Fact]
    public void Two_streams_have_sequences_of_their_own()
    {
        IJournal journal = Harness.Open();
        var one = new StreamUser(journal, Id(1));
        var two = new StreamUser(journal, Id(2));
        one.Persist("one-a");
        two.Persist("two-a", "two-b");
        one.Persist("one-b");

        Assert.Equal(["one-a", "one-b"], Texts(journal.Replay(Id(1))));
        Assert.Equal(["two-a", "two-b"], Texts(journal.Replay(Id(2))));
        Assert.Equal([Id(1), Id(2)], journal.Streams);
        JournalHarness.Close(journal);
    }

    [Fact]
    public void Outcomes_are_told_in_the_order_of_the_appends()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        for (int i = 0; i < 200; i++)
        {
            user.Append($"record {i}");
        }

        user.Outcomes.WaitFor(200);

        Assert.Equal(Enumerable.Range(1, 200).Select(i => (ulong)i), user.Outcomes.Heard.Select(heard => heard.Ticket.Value));
        Assert.All(user.Outcomes.Heard, heard => Assert.Null(heard.Fault));
        JournalHarness.Close(journal);
    }

    [Fact]
    public void An_append_that_skips_or_repeats_a_sequence_is_refused()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        user.Persist("a");

        user.Next = new JournalSequence(3);
        Assert.Equal("JournalOrder", Assert.Throws<InvariantViolationException>(() => user.Append("gap")).Invariant);
        user.Next = new JournalSequence(1);
        Assert.Equal("JournalOrder", Assert.Throws<InvariantViolationException>(() => user.Append("again")).Invariant);

        user.Next = new JournalSequence(2);
        user.Append("b");
        user.Outcomes.WaitFor(2);
        Assert.Equal(["a", "b"], Texts(journal.Replay(Id(1))));
        JournalHarness.Close(journal);
    }

    [Fact]
    public void A_stream_must_be_replayed_before_it_is_appended_to()
    {
        IJournal journal = Harness.Open();

        var thrown = Assert.Throws<InvariantViolationException>(
            () => journal.Append(Id(5), JournalSequence.First, [], default, new Outcomes()));

        Assert.Equal("JournalReplayedFirst", thrown.Invariant);
        JournalHarness.Close(journal);
    }

    [Fact]
    public void An_empty_append_is_a_barrier()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        user.Append("a");

        Assert.Null(user.Barrier());

        Assert.Equal([1UL, 2UL], user.Outcomes.Heard.Select(heard => heard.Ticket.Value));
        Assert.Equal(["a"], Texts(journal.Replay(Id(1))));
        JournalHarness.Close(journal);
    }

    [Fact]
    public void Deleted_records_are_not_replayed_and_the_rest_keeps_its_sequences()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        user.Persist("a", "b", "c");
        user.DeleteThrough(2);
        user.Persist("d");

        JournalReplay replay = journal.Replay(Id(1));

        Assert.Equal(["c", "d"], Texts(replay));
        Assert.Equal(new JournalSequence(2), replay.DeletedThrough);
        Assert.Equal(new JournalSequence(5), replay.Next);
        JournalHarness.Close(journal);
    }

    [Fact]
    public void A_stream_can_be_deleted_to_its_end_and_goes_on_behind_it()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        user.Persist("a", "b");
        user.DeleteThrough(2);

        JournalReplay empty = journal.Replay(Id(1));
        Assert.Empty(empty.Records);
        Assert.Equal(new JournalSequence(3), empty.Next);
        user.Persist("c");

        Assert.Equal(["c"], Texts(journal.Replay(Id(1))));
        JournalHarness.Close(journal);
    }

    [Fact]
    public void What_was_never_appended_cannot_be_deleted()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        user.Persist("a");

        Assert.Equal("JournalOrder", Assert.Throws<InvariantViolationException>(() => user.DeleteThrough(2)).Invariant);
        JournalHarness.Close(journal);
    }

    [Fact]
    public void The_latest_guarded_payload_is_known_even_when_its_record_is_deleted()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        user.Persist("!first promise", "a", "!second promise", "b");
        user.DeleteThrough(4);
        user.Barrier();

        JournalReplay replay = journal.Replay(Id(1));

        Assert.Empty(replay.Records);
        Assert.Equal("!second promise", GuardedText(replay));
        JournalHarness.Close(journal);
    }

    [Fact]
    public void An_append_beyond_the_limit_is_refused_at_once_and_changes_nothing()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));

        Assert.Throws<ArgumentOutOfRangeException>(
            () => journal.Append(Id(1), user.Next, [new JournalRecord(new byte[journal.MaxAppendBytes], false)], default, user.Outcomes));

        user.Append("a");
        user.Outcomes.WaitFor(1);
        Assert.Equal(["a"], Texts(journal.Replay(Id(1))));
        JournalHarness.Close(journal);
    }

    [Fact]
    public void Records_of_every_size_come_back_as_they_were()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        string[] texts = [.. Enumerable.Range(0, 40).Select(i => Long(8 + (i * 311), i)), ""];
        foreach (string text in texts)
        {
            user.Persist(text);
        }

        Assert.Equal(texts, Texts(journal.Replay(Id(1))));
        JournalHarness.Close(journal);
    }

    [Fact]
    public void An_append_after_closing_is_refused()
    {
        IJournal journal = Harness.Open();
        var user = new StreamUser(journal, Id(1));
        JournalHarness.Close(journal);

        Assert.Throws<ObjectDisposedException>(() => user.Append("late"));
    }
}
