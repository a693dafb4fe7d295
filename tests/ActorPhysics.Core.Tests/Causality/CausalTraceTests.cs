using ActorPhysics.Core.Causality;

namespace ActorPhysics.Core.Tests.Causality;

[Trait("Seed", "1.2")]
public sealed class CausalTraceTests
{
    private static readonly ProcessName A = new("a");
    private static readonly ProcessName B = new("b");
    private static readonly ProcessName C = new("c");

    /// <summary>a asks b, b tells c, and c does something of its own meanwhile.</summary>
    private static readonly TraceEntry[] Story =
    [
        TraceEntry.Send(A, "ask", new MessageId(1)),
        TraceEntry.Local(C, "think"),
        TraceEntry.Receive(B, "hear", new MessageId(1)),
        TraceEntry.Send(B, "tell", new MessageId(2)),
        TraceEntry.Receive(C, "learn", new MessageId(2)),
        TraceEntry.Local(A, "wait"),
    ];

    [Fact]
    public void What_no_chain_of_messages_ties_together_is_concurrent()
    {
        CausalTrace trace = Build(Story);
        Assert.True(CausalTrace.HappensBefore(Named(trace, "ask"), Named(trace, "learn")));
        Assert.Equal(CausalOrder.After, CausalTrace.Order(Named(trace, "learn"), Named(trace, "think")));
        Assert.Equal(CausalOrder.Concurrent, CausalTrace.Order(Named(trace, "think"), Named(trace, "tell")));
        Assert.Equal(CausalOrder.Concurrent, CausalTrace.Order(Named(trace, "wait"), Named(trace, "learn")));
        Assert.Equal("""{"a":1,"b":2,"c":2}""", Named(trace, "learn").Clock.ToString());
    }

    [Fact]
    public void A_cut_with_an_effect_and_without_its_cause_names_the_message_between_them()
    {
        CausalTrace trace = Build(Story);
        var cut = new Cut(VectorClock.Zero.With(B, new EventNumber(1)).With(C, new EventNumber(2)));
        CutViolation violation = trace.ViolationOf(cut) ?? throw new InvalidOperationException("the cut is not consistent");
        Assert.Equal("b#1 hear is before the cut and received message 1, which a#1 ask sent after it", violation.ToString());
        Assert.Equal("""{"c":1}""", trace.LatestConsistentWithin(cut).ToString());
        Assert.Null(trace.ViolationOf(trace.Whole));
    }

    [Fact]
    public void The_latest_cut_before_an_event_goes_as_far_as_nothing_knows_of_it()
    {
        CausalTrace trace = Build(Story);
        Assert.Equal("""{"a":2,"b":1,"c":1}""", trace.LatestCutBefore(Named(trace, "tell")).ToString());
        Assert.Equal("""{"a":1,"b":2}""", CausalTrace.PastOf(Named(trace, "tell")).ToString());
    }

    [Fact]
    public void What_is_sent_before_a_cut_and_not_received_before_it_is_in_transit()
    {
        CausalTrace trace = Build(Story);
        Assert.Equal(new MessageId(2), Assert.Single(trace.InTransitAt(CausalTrace.PastOf(Named(trace, "tell")))));
        Assert.Empty(trace.InTransitAt(trace.Whole));
    }

    [Fact]
    public void Entries_that_no_causal_order_explains_are_refused_with_their_message()
    {
        Assert.Null(CausalTrace.TryBuild([TraceEntry.Send(A, "x", new MessageId(1)), TraceEntry.Send(B, "y", new MessageId(1))], out TraceContradiction? twice));
        Assert.Equal(new TraceContradiction(new MessageId(1), "message 1 is sent twice, by a and by b"), twice);

        TraceEntry[] circle =
        [
            new(A, "x", [new MessageId(2)], [new MessageId(1)]),
            new(B, "y", [new MessageId(1)], [new MessageId(2)]),
        ];
        Assert.Null(CausalTrace.TryBuild(circle, out TraceContradiction? early));
        Assert.Equal("a receives message 2 in 'x', before b can have sent it", early?.Explanation);
    }

    [Fact]
    public void A_clock_merges_to_what_either_knows()
    {
        VectorClock left = VectorClock.Zero.Tick(A).Tick(A);
        VectorClock right = VectorClock.Zero.Tick(A).Tick(B);
        Assert.Equal(CausalOrder.Concurrent, left.Order(right));
        Assert.Equal("""{"a":2,"b":1}""", left.Merge(right).ToString());
        Assert.Equal(left.Merge(right), right.Merge(left));
        Assert.Equal(left.Merge(right).GetHashCode(), right.Merge(left).GetHashCode());
        Assert.Equal(VectorClock.Zero, left.With(A, default));
    }

    [Fact]
    public void A_log_has_the_header_and_two_lines_per_event()
    {
        CausalTrace trace = Build([TraceEntry.Send(A, "say\nit", new MessageId(1)), TraceEntry.Receive(B, "hear", new MessageId(1))]);
        Assert.Equal("(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n\na {\"a\":1}\nsay it\nb {\"a\":1,\"b\":1}\nhear\n", ShiVizLog.Write(trace));
        Assert.Throws<ArgumentException>(() => ShiVizLog.Write(Build([TraceEntry.Local(new ProcessName("two words"), "x")])));
    }

    [Theory]
    [InlineData("a {\"a\":1}\nx\n", "line 1: the log must begin with the expression that parses it")]
    [InlineData("*a\nx\n", "line 3: expected a process and its clock")]
    [InlineData("*a {\"a\":1}", "line 3: the event's text is missing")]
    [InlineData("*a {\"a\":1,\"b\":x}\nx\n", "line 3: '\"b\":x' is no count of a process's events")]
    [InlineData("*a {\"b\":1}\nx\n", "line 3: the clock counts no event of a itself")]
    [InlineData("*a {\"a\":2}\nx\n", "line 3: a counts 2 events, after 0")]
    [InlineData("*a {\"a\":1}\nx\nb {\"a\":4, \"b\":1}\ny\n", "line 5: b knows event 4 of a, which is not in the log")]
    [InlineData("*a {\"a\":1, \"b\":1}\nx\nb {\"a\":1, \"b\":1}\ny\n", "before b can have sent it")]
    [InlineData("*c {\"c\":1}\nx\na {\"a\":1, \"c\":1}\ny\nb {\"a\":1, \"b\":1}\nz\n", "line 7: the clock is {\"a\":1,\"b\":1}, but what b learned makes it {\"a\":1,\"b\":1,\"c\":1}")]
    public void A_log_that_contradicts_itself_is_refused_with_its_line(string log, string complaint)
    {
        Assert.False(ShiVizLog.TryParse(log.Replace("*", ShiVizLog.Header + "\n\n", StringComparison.Ordinal), out CausalTrace? trace, out string? refusal));
        Assert.Null(trace);
        Assert.Contains(complaint, refusal, StringComparison.Ordinal);
    }

    private static CausalTrace Build(params TraceEntry[] entries) =>
        CausalTrace.TryBuild(entries, out TraceContradiction? contradiction) ?? throw new InvalidOperationException(contradiction?.Explanation);

    private static TraceEvent Named(CausalTrace trace, string text) => trace.Events.Single(happening => happening.Text == text);
}
