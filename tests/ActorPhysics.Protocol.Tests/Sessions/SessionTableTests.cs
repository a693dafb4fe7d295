using System.Buffers;
using System.Text;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Protocol.Tests.Sessions;

public sealed class SessionTableTests
{
    private ulong _index;

    [Fact]
    [Trait("Seed", "5.5")]
    public void A_retry_returns_the_first_result_and_where_it_was_applied()
    {
        var table = new SessionTable(SessionLimits.Default);
        SessionId session = table.Open(new SessionNonce(1), Place());
        CommandPlace first = Place();
        Assert.Equal("execute", Run(table, session, 1, "ok", first));
        Assert.Equal("repeat ok", Run(table, session, 1, "other"));

        SessionAdmission again = table.Admit(session, new CommandSequence(1), default);
        Assert.Equal((CommandStatus.Applied, first), (again.Status, again.AppliedAt));
    }

    [Fact]
    public void Results_of_any_length_come_back_as_they_were()
    {
        var table = new SessionTable(SessionLimits.Default);
        SessionId session = table.Open(new SessionNonce(1), Place());
        for (int length = 0; length < 40; length++)
        {
            Run(table, session, (ulong)length + 1, new string('x', length));
        }

        for (int length = 0; length < 40; length++)
        {
            Assert.Equal("repeat " + new string('x', length), Run(table, session, (ulong)length + 1, ""));
        }
    }

    [Fact]
    public void Sequences_may_arrive_in_any_order_within_the_window()
    {
        var table = new SessionTable(SessionLimits.Default);
        SessionId session = table.Open(new SessionNonce(1), Place());
        ulong[] order = [5, 2, 9, 1, 7, 3, 8, 4, 6];
        foreach (ulong sequence in order)
        {
            Assert.Equal("execute", Run(table, session, sequence, $"r{sequence}"));
        }

        foreach (ulong sequence in order)
        {
            Assert.Equal($"repeat r{sequence}", Run(table, session, sequence, ""));
        }
    }

    [Fact]
    [Trait("Pitfall", "44")]
    public void A_sequence_that_the_client_declared_completed_is_refused_and_never_applied_again()
    {
        var table = new SessionTable(SessionLimits.Default);
        SessionId session = table.Open(new SessionNonce(1), Place());
        Run(table, session, 1, "a");
        Run(table, session, 2, "b");
        Assert.Equal("execute", Run(table, session, 3, "c", completedThrough: 2));
        Assert.Equal("SessionExpired", Run(table, session, 2, ""));
        Assert.Equal("repeat c", Run(table, session, 3, "", completedThrough: 1));
        Assert.Equal("SessionExpired", Run(table, session, 7, "", completedThrough: 7));
    }

    [Fact]
    [Trait("Pitfall", "44")]
    public void A_nonce_reopened_after_eviction_is_another_session_so_late_commands_stay_refused()
    {
        var table = new SessionTable(new SessionLimits { MaxSessions = 1 });
        SessionId old = table.Open(new SessionNonce(1), Place());
        Run(table, old, 1, "a");
        table.Open(new SessionNonce(2), Place());
        SessionId reopened = table.Open(new SessionNonce(1), Place());

        Assert.NotEqual(old, reopened);
        Assert.Equal("SessionExpired", Run(table, old, 1, ""));
        Assert.Equal("execute", Run(table, reopened, 1, ""));
    }

    [Fact]
    public void A_repeated_open_finds_the_live_session_with_its_results()
    {
        var table = new SessionTable(SessionLimits.Default);
        SessionId session = table.Open(new SessionNonce(1), Place());
        Run(table, session, 1, "a");
        Assert.Equal(session, table.Open(new SessionNonce(1), Place()));
        Assert.Equal("repeat a", Run(table, session, 1, ""));
        Assert.True(table.Open(default, Place()).IsNone);
    }

    [Fact]
    public void The_session_idle_longest_makes_room_and_every_use_counts()
    {
        var table = new SessionTable(new SessionLimits { MaxSessions = 4 });
        SessionId[] sessions = [.. Enumerable.Range(1, 4).Select(nonce => table.Open(new SessionNonce((ulong)nonce), Place()))];
        Run(table, sessions[0], 1, "");
        Assert.True(table.KeepAlive(sessions[1], default));
        Assert.Equal(sessions[2], table.Open(new SessionNonce(3), Place()));

        table.Open(new SessionNonce(5), Place());
        Assert.False(table.KeepAlive(sessions[3], default));
        table.Open(new SessionNonce(6), Place());
        Assert.Equal("SessionExpired", Run(table, sessions[0], 2, ""));
        Assert.True(table.KeepAlive(sessions[1], default));
        Assert.True(table.KeepAlive(sessions[2], default));
    }

    [Fact]
    [Trait("Pitfall", "41")]
    public void Expiry_follows_the_time_in_entries_and_survives_a_clock_that_jumps_back()
    {
        var table = new SessionTable(new SessionLimits { IdleTimeoutMs = 100 });
        table.AdvanceTo(new LogTime(1000));
        SessionId session = table.Open(new SessionNonce(1), Place());
        Assert.Equal(new LogTime(1100), table.AdvanceTo(new LogTime(1100)));
        Assert.Equal("execute", Run(table, session, 1, "a"));

        Assert.Equal(new LogTime(1100), table.AdvanceTo(new LogTime(5)));
        table.AdvanceTo(new LogTime(1200));
        Assert.Equal("repeat a", Run(table, session, 1, ""));
        table.AdvanceTo(new LogTime(1301));
        Assert.Equal("SessionExpired", Run(table, session, 1, ""));
        Assert.Equal((0, 0L), (table.Count, table.RetainedBytes));
    }

    [Fact]
    public void A_full_window_refuses_without_effect_until_the_client_completes_something()
    {
        var table = new SessionTable(new SessionLimits { WindowCommands = 3 });
        SessionId session = table.Open(new SessionNonce(1), Place());
        Assert.Equal("execute", Run(table, session, 3, "c"));
        Assert.Equal("SessionWindowFull", Run(table, session, 4, ""));
        Assert.Equal("execute", Run(table, session, 4, "d", completedThrough: 1));

        var bytes = new SessionTable(new SessionLimits { MaxRetainedBytesPerSession = 1000 });
        session = bytes.Open(new SessionNonce(1), Place());
        Assert.Equal("execute", Run(bytes, session, 1, new string('x', 1000)));
        Assert.Equal("SessionWindowFull", Run(bytes, session, 2, ""));
        Assert.Equal("execute", Run(bytes, session, 2, "", completedThrough: 1));
    }

    [Fact]
    public void When_all_sessions_together_keep_too_much_those_idle_longest_go_but_never_the_one_in_use()
    {
        var table = new SessionTable(new SessionLimits { MaxRetainedBytes = 1000 });
        SessionId[] sessions = [.. Enumerable.Range(1, 3).Select(nonce => table.Open(new SessionNonce((ulong)nonce), Place()))];
        foreach (SessionId session in sessions)
        {
            Run(table, session, 1, new string('x', 200));
        }

        Assert.Equal(3, table.Count);
        Assert.Equal("execute", Run(table, sessions[2], 2, new string('x', 2000)));
        Assert.Equal(1, table.Count);
        Assert.Equal("repeat " + new string('x', 200), Run(table, sessions[2], 1, ""));
    }

    [Fact]
    public void A_command_without_a_sequence_or_of_no_session_is_refused()
    {
        var table = new SessionTable(SessionLimits.Default);
        SessionId session = table.Open(new SessionNonce(1), Place());
        Assert.Equal("Malformed", Run(table, session, 0, ""));
        Assert.Equal("SessionExpired", Run(table, new SessionId(99), 1, ""));
        table.Close(session);
        table.Close(session);
        Assert.Equal("SessionExpired", Run(table, session, 1, ""));
    }

    [Fact]
    public void An_outcome_without_an_admission_or_an_admission_without_an_outcome_is_a_broken_invariant()
    {
        var table = new SessionTable(SessionLimits.Default);
        SessionId session = table.Open(new SessionNonce(1), Place());
        Assert.Throws<InvariantViolationException>(() => table.Record(new CommandSequence(1), CommandStatus.Applied, Place(), default));
        Assert.Equal(SessionDecision.Execute, table.Admit(session, new CommandSequence(1), default).Decision);
        Assert.Throws<InvariantViolationException>(() => { table.Admit(session, new CommandSequence(2), default); });
        Assert.Throws<InvariantViolationException>(table.Capture);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [Trait("Pitfall", "21")]
    public void A_replica_restored_again_and_again_decides_like_one_that_never_was_and_both_like_the_model(int seed)
    {
        var random = new Random(seed);
        var limits = new SessionLimits
        {
            MaxSessions = 6,
            WindowCommands = 8,
            IdleTimeoutMs = 60,
            MaxRetainedBytesPerSession = 700,
            MaxRetainedBytes = 2500,
        };
        var steady = new SessionTable(limits);
        SessionTable restored = new(limits);
        var model = new SessionModel(limits);
        List<SessionId> known = [default];
        ulong time = 0;
        for (int step = 0; step < 6_000; step++)
        {
            time += (ulong)random.Next(6);
            steady.AdvanceTo(new LogTime(time));
            restored.AdvanceTo(new LogTime(time));
            model.AdvanceTo(time);
            SessionId session = known[random.Next(known.Count)];
            ulong floor = model.FloorOf(session) + (ulong)random.Next(3);
            CommandPlace place = Place();
            switch (random.Next(12))
            {
                case 0:
                    var nonce = new SessionNonce((ulong)random.Next(1, 10));
                    SessionId opened = steady.Open(nonce, place);
                    Assert.Equal(opened, restored.Open(nonce, place));
                    model.Open(opened, nonce);
                    known.Add(opened);
                    known = known.Count > 12 ? known[1..] : known;
                    break;
                case 1 when random.Next(5) == 0:
                    steady.Close(session);
                    restored.Close(session);
                    model.Close(session);
                    break;
                case 2:
                    bool alive = model.KeepAlive(session, floor);
                    Assert.Equal(alive, steady.KeepAlive(session, new CommandSequence(floor)));
                    Assert.Equal(alive, restored.KeepAlive(session, new CommandSequence(floor)));
                    break;
                default:
                    ulong sequence = floor + (ulong)random.Next(10);
                    string result = new('r', random.Next(4) == 0 ? random.Next(300) : random.Next(10));
                    string expected = model.Run(session, sequence, result, floor);
                    Assert.Equal(expected, Run(steady, session, sequence, result, place, floor));
                    Assert.Equal(expected, Run(restored, session, sequence, result, place, floor));
                    break;
            }

            Assert.Equal(model.Count, steady.Count);
            Assert.Equal(model.RetainedBytes, steady.RetainedBytes);
            if (random.Next(20) == 0)
            {
                byte[][] parts = PartsOf(restored.Capture());
                Assert.Equal(PartsOf(steady.Capture()), parts);
                restored = Restore(parts);
            }
        }
    }

    [Fact]
    [Trait("Pitfall", "24")]
    public void A_capture_is_not_touched_by_what_happens_to_its_sessions_later()
    {
        var table = new SessionTable(SessionLimits.Default);
        SessionId[] sessions = [.. Enumerable.Range(1, 3).Select(nonce => table.Open(new SessionNonce((ulong)nonce), Place()))];
        Run(table, sessions[0], 1, "first");
        SessionTableCapture capture = table.Capture();
        byte[][] before = PartsOf(capture);

        table.AdvanceTo(new LogTime(50));
        Run(table, sessions[0], 2, "second", completedThrough: 1);
        table.KeepAlive(sessions[1], default);
        table.Close(sessions[2]);

        Assert.Equal(before, PartsOf(capture));
        SessionTable restored = Restore(before);
        Assert.Equal("repeat first", Run(restored, sessions[0], 1, ""));
    }

    [Fact]
    public void Damaged_parts_are_refused()
    {
        var table = new SessionTable(SessionLimits.Default);
        SessionId session = table.Open(new SessionNonce(1), Place());
        Run(table, session, 1, "a");
        Run(table, session, 2, new string('b', 30));
        byte[][] parts = PartsOf(table.Capture());

        foreach (byte[] part in parts)
        {
            for (int length = 0; length < part.Length; length++)
            {
                Assert.Null(TryRestore(part == parts[0] ? [part[..length]] : [parts[0], part[..length]]));
            }
        }

        Assert.Null(TryRestore([[.. parts[0], 0]]));
        Assert.Null(TryRestore([parts[0], [.. parts[1], 0]]));
        Assert.Null(TryRestore([parts[0], parts[1], parts[1]]));
        Assert.Null(TryRestore([[9, .. parts[0][1..]]]));
        byte[] zeroLimits = [parts[0][0], .. new byte[parts[0].Length - 1]];
        Assert.Null(TryRestore([zeroLimits]));
    }

    [Fact]
    public void Random_bytes_never_throw_and_are_refused()
    {
        var random = new Random(3);
        byte[] header = PartsOf(new SessionTable(SessionLimits.Default).Capture())[0];
        Assert.True(SessionTableFormat.TryReadHeader(header, out SessionTable? table, out _, out _));
        for (int i = 0; i < 5_000; i++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Assert.False(SessionTableFormat.TryReadHeader(bytes, out _, out _, out _));
            Assert.False(SessionTableFormat.TryReadSession(table, bytes, out _));
        }
    }

    private CommandPlace Place() =>
        new(new Coordinate(new GroupId(3), ConfigEpoch.Founding, new LeaderEpoch(2), new LogIndex(++_index)), new EntryOrdinal((uint)(_index % 5)));

    private static string Run(
        SessionTable table, SessionId session, ulong sequence, string result, CommandPlace place = default, ulong completedThrough = 0)
    {
        SessionAdmission admission = table.Admit(session, new CommandSequence(sequence), new CommandSequence(completedThrough));
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

    private static SessionTable Restore(byte[][] parts) => Assert.IsType<SessionTable>(TryRestore(parts));

    private static SessionTable? TryRestore(byte[][] parts)
    {
        if (!SessionTableFormat.TryReadHeader(parts[0], out SessionTable? table, out _, out _))
        {
            return null;
        }

        return parts[1..].All(part => SessionTableFormat.TryReadSession(table, part, out _)) ? table : null;
    }
}
