using System.Buffers;
using System.Text;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Protocol.Tests.Sessions;

/// <summary>What becomes of sessions when keys change their group.</summary>
[Trait("Seed", "5.5")]
[Trait("Pitfall", "47")]
public sealed class SessionAbsorbTests
{
    private ulong _index;

    [Fact]
    public void Results_are_united_and_the_higher_completed_mark_holds()
    {
        (SessionTable giver, SessionTable taker, SessionId session) = Split();
        Run(giver, session, 2, "left");
        Run(taker, session, 3, "right");
        Assert.True(taker.KeepAlive(session, new CommandSequence(1)));

        giver.Absorb(taker);
        Assert.Equal("repeat left", Run(giver, session, 2, ""));
        Assert.Equal("repeat right", Run(giver, session, 3, ""));
        Assert.Equal("SessionExpired", Run(giver, session, 1, ""));
        Assert.Equal("execute", Run(giver, session, 4, "new"));
    }

    [Fact]
    public void A_session_that_only_one_side_ever_had_is_as_it_was()
    {
        (SessionTable giver, SessionTable taker, _) = Split();
        SessionId here = giver.Open(new SessionNonce(20), Place());
        SessionId there = taker.Open(new SessionNonce(21), Place(group: 4));
        Run(giver, here, 1, "here");
        Run(taker, there, 1, "there");

        giver.Absorb(taker);
        Assert.Equal("repeat here", Run(giver, here, 1, ""));
        Assert.Equal("repeat there", Run(giver, there, 1, ""));
        Assert.Equal("execute", Run(giver, here, 2, ""));
        Assert.Equal("execute", Run(giver, there, 2, ""));
    }

    [Fact]
    public void A_copy_forgotten_with_results_of_its_own_leaves_the_other_spent()
    {
        (SessionTable giver, SessionTable taker, SessionId session) = Split();
        Run(taker, session, 2, "lost");
        taker.Close(session);

        giver.Absorb(taker);
        Assert.Equal("repeat first", Run(giver, session, 1, ""));
        Assert.Equal("SessionExpired", Run(giver, session, 2, ""));
        Assert.Equal("SessionExpired", Run(Restored(giver), session, 2, ""));
    }

    [Fact]
    public void A_copy_forgotten_without_results_of_its_own_harms_nobody()
    {
        (SessionTable giver, SessionTable taker, SessionId session) = Split();
        taker.Close(session);

        giver.Absorb(taker);
        Assert.Equal("execute", Run(giver, session, 2, ""));
    }

    [Fact]
    public void That_a_copy_was_forgotten_travels_on_to_a_third_group()
    {
        (SessionTable giver, SessionTable taker, SessionId session) = Split();
        Run(taker, session, 2, "lost");
        taker.Close(session);
        taker.Share(new ShardMapVersion(3));
        var third = new SessionTable(SessionLimits.Default);
        third.Absorb(Restored(taker));
        Assert.Equal(new ShardMapVersion(2), third.ForgottenThrough);

        third.Absorb(giver);
        Assert.Equal("SessionExpired", Run(third, session, 2, ""));
        Assert.Equal("repeat first", Run(third, session, 1, ""));
    }

    [Fact]
    public void Results_that_a_copy_passed_on_count_as_its_heirs_own()
    {
        // The second copy is made of the first one, which has a result that the original lacks; the heir forgets it.
        (SessionTable giver, SessionTable taker, SessionId session) = Split();
        Run(taker, session, 2, "inherited");
        taker.Share(new ShardMapVersion(3));
        SessionTable heir = Restored(taker);
        heir.Close(session);

        giver.Absorb(heir);
        Assert.Equal("SessionExpired", Run(giver, session, 2, ""));
    }

    [Fact]
    public void A_clock_that_is_ahead_does_not_disturb_the_order_of_use()
    {
        var ahead = new SessionTable(SessionLimits.Default);
        ahead.AdvanceTo(new LogTime(5_000));
        SessionId used = ahead.Open(new SessionNonce(1), Place(group: 4));
        var table = new SessionTable(SessionLimits.Default);
        table.AdvanceTo(new LogTime(1_000));
        table.Open(new SessionNonce(2), Place());

        table.Absorb(ahead);
        Assert.Equal(new LogTime(1_000), table.Time);
        Assert.Equal(2, Restored(table).Count);
        table.AdvanceTo(new LogTime(1_000 + SessionLimits.Default.IdleTimeoutMs));
        Assert.Equal("execute", Run(table, used, 1, ""));
    }

    [Fact]
    public void A_nonce_that_opened_a_session_on_both_sides_finds_the_same_one_after_a_restart_and_when_one_is_gone()
    {
        var table = new SessionTable(SessionLimits.Default);
        SessionId ours = table.Open(new SessionNonce(9), Place());
        var other = new SessionTable(SessionLimits.Default);
        SessionId theirs = other.Open(new SessionNonce(9), Place(group: 4));
        Assert.NotEqual(ours, theirs);

        table.Absorb(other);
        SessionTable restored = Restored(table);
        SessionId found = table.Open(new SessionNonce(9), Place());
        Assert.Equal(found, restored.Open(new SessionNonce(9), Place()));
        table.Close(found);
        restored.Close(found);
        SessionId left = found == ours ? theirs : ours;
        Assert.Equal((left, left), (table.Open(new SessionNonce(9), Place()), restored.Open(new SessionNonce(9), Place())));
        table.Close(left);
        CommandPlace place = Place();
        restored.Close(left);
        Assert.Equal(table.Open(new SessionNonce(9), place), restored.Open(new SessionNonce(9), place));
    }

    [Fact]
    public void Windows_and_results_that_fitted_the_other_table_fit_the_united_one()
    {
        var wide = new SessionTable(new SessionLimits { WindowCommands = 100, MaxResultBytes = 2000 });
        SessionId session = wide.Open(new SessionNonce(1), Place(group: 4));
        Run(wide, session, 90, new string('x', 1500));
        var narrow = new SessionTable(new SessionLimits { WindowCommands = 2, MaxResultBytes = 256 });

        narrow.Absorb(wide);
        Assert.Equal((100, 2000), (narrow.Limits.WindowCommands, narrow.Limits.MaxResultBytes));
        Assert.Equal("repeat " + new string('x', 1500), Run(Restored(narrow), session, 90, ""));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Absorbing_is_the_same_in_every_order_and_loses_nothing_within_the_limits(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 40; round++)
        {
            SessionTable origin = Filled(random, group: 3, new SessionTable(SessionLimits.Default));
            origin.Share(new ShardMapVersion(2));
            SessionTable[] tables = [origin, Restored(origin), Restored(origin)];
            for (int i = 0; i < tables.Length; i++)
            {
                Filled(random, group: (ulong)i + 3, tables[i]);
            }

            SessionTable one = United(tables[0], tables[1], tables[2]);
            Assert.Equal(SessionsOf(one), SessionsOf(United(tables[2], tables[0], tables[1])));
            Assert.Equal(PartsOf(one.Capture()), PartsOf(United(tables[0], tables[1], tables[2]).Capture()));
            Assert.Equal(PartsOf(one.Capture()), PartsOf(Restored(one).Capture()));
            Assert.Subset(KeptIn([one]), KeptIn(tables));
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Beyond_the_limits_the_sessions_idle_longest_go(int seed)
    {
        var random = new Random(seed);
        var limits = new SessionLimits { MaxSessions = 4, MaxRetainedBytes = 2000 };
        for (int round = 0; round < 100; round++)
        {
            SessionTable table = Filled(random, group: 3, new SessionTable(limits));
            SessionTable other = Filled(random, group: 4, new SessionTable(limits));
            table.Absorb(other);
            Assert.True(table.Count <= limits.MaxSessions && (table.RetainedBytes <= limits.MaxRetainedBytes || table.Count == 1));
            Assert.Equal(table.RetainedBytes, Restored(table).RetainedBytes);
        }
    }

    [Fact]
    public void A_command_that_was_declined_leaves_no_result_and_may_come_again()
    {
        var table = new SessionTable(SessionLimits.Default);
        SessionId session = table.Open(new SessionNonce(1), Place());
        Assert.Equal(SessionDecision.Execute, table.Admit(session, new CommandSequence(1), default).Decision);
        table.Decline();
        Assert.Throws<InvariantViolationException>(table.Decline);
        Assert.Equal(0, table.RetainedBytes);
        Assert.Equal("execute", Run(table, session, 1, "now"));
    }

    /// <summary>A table with one session and one result, and the copy that a parcel took along under version 2.</summary>
    private (SessionTable Giver, SessionTable Taker, SessionId Session) Split()
    {
        var giver = new SessionTable(SessionLimits.Default);
        SessionId session = giver.Open(new SessionNonce(1), Place());
        Run(giver, session, 1, "first");
        giver.Share(new ShardMapVersion(2));
        return (giver, Restored(giver), session);
    }

    private SessionTable Filled(Random random, ulong group, SessionTable table)
    {
        ulong time = table.Time.UnixMilliseconds;
        List<SessionId> known = [.. SessionsOf(table).Keys];
        for (int i = 0; i < 20; i++)
        {
            time += (ulong)random.Next(3);
            table.AdvanceTo(new LogTime(time));
            if (known.Count == 0 || random.Next(5) == 0)
            {
                known.Add(table.Open(new SessionNonce((group * 1000) + (ulong)random.Next(1, 50)), Place(group)));
            }

            // Every table numbers its own commands: a sequence takes effect in one copy at most.
            ulong sequence = (ulong)random.Next(1, 30) * 10 + group;
            Run(table, known[random.Next(known.Count)], sequence, $"{group}:{sequence}" + new string('x', random.Next(60)), Place(group));
        }

        return table;
    }

    private static SessionTable United(params SessionTable[] tables)
    {
        SessionTable united = Restored(tables[0]);
        united.AdvanceTo(tables.Max(table => table.Time));
        foreach (SessionTable table in tables[1..])
        {
            united.Absorb(Restored(table));
        }

        return united;
    }

    private static HashSet<(SessionId, ulong, string)> KeptIn(IEnumerable<SessionTable> tables)
    {
        var kept = new HashSet<(SessionId, ulong, string)>();
        foreach (SessionTable table in tables)
        {
            foreach (SessionId session in SessionsOf(table).Keys)
            {
                for (ulong sequence = 1; sequence < 320; sequence++)
                {
                    SessionAdmission admission = table.Admit(session, new CommandSequence(sequence), default);
                    if (admission.Decision == SessionDecision.Repeat)
                    {
                        kept.Add((session, sequence, Encoding.ASCII.GetString(admission.Result)));
                    }
                    else if (admission.Decision == SessionDecision.Execute)
                    {
                        table.Decline();
                    }
                }
            }
        }

        return kept;
    }

    /// <summary>Each session's part of the snapshot, whatever the order among them.</summary>
    private static SortedDictionary<SessionId, string> SessionsOf(SessionTable table)
    {
        var sessions = new SortedDictionary<SessionId, string>();
        foreach (byte[] part in PartsOf(table.Capture())[1..])
        {
            sessions.Add(new SessionId(BitConverter.ToUInt64(part)), Convert.ToHexString(part));
        }

        return sessions;
    }

    private CommandPlace Place(ulong group = 3) =>
        new(new Coordinate(new GroupId(group), ConfigEpoch.Founding, new LeaderEpoch(2), new LogIndex(++_index)), EntryOrdinal.First);

    private string Run(SessionTable table, SessionId session, ulong sequence, string result) => Run(table, session, sequence, result, Place());

    private static string Run(SessionTable table, SessionId session, ulong sequence, string result, CommandPlace place)
    {
        SessionAdmission admission = table.Admit(session, new CommandSequence(sequence), default);
        switch (admission.Decision)
        {
            case SessionDecision.Execute:
                table.Record(new CommandSequence(sequence), CommandStatus.Applied, place, Encoding.ASCII.GetBytes(result));
                return "execute";
            case SessionDecision.Repeat:
                return "repeat " + Encoding.ASCII.GetString(admission.Result);
            default:
                return admission.Status.ToString();
        }
    }

    private static byte[][] PartsOf(SessionTableCapture capture)
    {
        var output = new ArrayBufferWriter<byte>();
        capture.WriteHeader(output);
        List<byte[]> parts = [output.WrittenSpan.ToArray()];
        for (int part = 0; part < capture.Count; part++)
        {
            output.ResetWrittenCount();
            capture.WriteSession(part, output);
            parts.Add(output.WrittenSpan.ToArray());
        }

        return [.. parts];
    }

    private static SessionTable Restored(SessionTable table)
    {
        byte[][] parts = PartsOf(table.Capture());
        Assert.True(SessionTableFormat.TryReadHeader(parts[0], out SessionTable? restored, out _, out string? refusal), refusal);
        Assert.All(parts[1..], part => Assert.True(SessionTableFormat.TryReadSession(restored, part, out string? reason), reason));
        return restored;
    }
}
