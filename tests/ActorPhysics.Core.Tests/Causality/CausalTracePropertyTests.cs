using ActorPhysics.Core.Causality;
using FsCheck;
using FsCheck.Fluent;

namespace ActorPhysics.Core.Tests.Causality;

/// <summary>Random traces, told in an order that mixes the processes at will, against a graph of causes that is searched by brute force.</summary>
[Trait("Seed", "1.2")]
public sealed class CausalTracePropertyTests
{
    private const int Processes = 4;

    private sealed record Happening(int Process, int Kind, int Pick);

    /// <summary>Some entries in an order that has them all behind their causes, and the same ones as they were recorded.</summary>
    private sealed record Life(IReadOnlyList<TraceEntry> Lived, IReadOnlyList<TraceEntry> Recorded, int Choice);

    private static readonly Arbitrary<Life> Lives =
        (from happenings in Gen.ListOf(
            from process in Gen.Choose(0, Processes - 1)
            from kind in Gen.Choose(0, 3)
            from pick in Gen.Choose(0, 1000)
            select new Happening(process, kind, pick))
         from order in Gen.ListOf(Gen.Choose(0, Processes - 1), happenings.Count)
         from choice in Gen.Choose(0, 1_000_000)
         select Live(happenings, order, choice)).ToArbitrary();

    [Fact]
    public void An_event_happens_before_another_exactly_when_a_path_leads_there() => Check(life =>
    {
        CausalTrace trace = Build(life);
        Dictionary<TraceEvent, HashSet<TraceEvent>> past = Pasts(trace);
        return trace.Events.All(a => trace.Events.All(b =>
            CausalTrace.HappensBefore(a, b) == (!ReferenceEquals(a, b) && past[b].Contains(a))
            && CausalTrace.Order(a, b) == a.Clock.Order(b.Clock)));
    });

    [Fact]
    public void Events_stand_behind_their_causes_and_those_of_a_process_as_they_were_recorded() => Check(life =>
    {
        CausalTrace trace = Build(life);
        Dictionary<TraceEvent, HashSet<TraceEvent>> past = Pasts(trace);
        var place = trace.Events.Select((happening, index) => (happening, index)).ToDictionary(pair => pair.happening, pair => pair.index);
        return trace.Events.All(happening => past[happening].All(cause => place[cause] <= place[happening]))
            && trace.Processes.All(process => trace.EventsOf(process).Select(happening => happening.Entry)
                .SequenceEqual(life.Recorded.Where(entry => entry.Process == process)));
    });

    [Fact]
    public void A_cut_is_consistent_exactly_when_it_contains_the_causes_of_what_it_contains() => Check(life =>
    {
        CausalTrace trace = Build(life);
        Dictionary<TraceEvent, HashSet<TraceEvent>> past = Pasts(trace);
        Cut cut = SomeCut(trace, life.Choice);
        bool closed = trace.Events.Where(cut.Contains).All(happening => past[happening].All(cut.Contains));
        CutViolation? violation = trace.ViolationOf(cut);
        return closed == violation is null
            && (violation is null || (cut.Contains(violation.Received) && !cut.Contains(violation.Sent)
                && violation.Received.Entry.Receives.Contains(violation.Message) && violation.Sent.Entry.Sends.Contains(violation.Message)));
    });

    [Fact]
    public void The_latest_consistent_cut_within_a_cut_leaves_out_only_what_lacks_a_cause() => Check(life =>
    {
        CausalTrace trace = Build(life);
        Dictionary<TraceEvent, HashSet<TraceEvent>> past = Pasts(trace);
        Cut cut = SomeCut(trace, life.Choice);
        Cut latest = trace.LatestConsistentWithin(cut);
        return trace.ViolationOf(latest) is null
            && trace.Events.All(happening => latest.Contains(happening) == past[happening].All(cut.Contains));
    });

    [Fact]
    public void The_latest_cut_before_an_event_holds_everything_that_it_cannot_have_influenced() => Check(life =>
    {
        CausalTrace trace = Build(life);
        Dictionary<TraceEvent, HashSet<TraceEvent>> past = Pasts(trace);
        return trace.Events.All(happening =>
        {
            Cut before = trace.LatestCutBefore(happening);
            return trace.ViolationOf(before) is null && trace.Events.All(other => before.Contains(other) == !past[other].Contains(happening));
        });
    });

    [Fact]
    public void The_past_of_an_event_is_the_smallest_consistent_cut_that_contains_it() => Check(life =>
    {
        CausalTrace trace = Build(life);
        Dictionary<TraceEvent, HashSet<TraceEvent>> past = Pasts(trace);
        return trace.Events.All(happening => trace.Events.All(other => CausalTrace.PastOf(happening).Contains(other) == past[happening].Contains(other)));
    });

    [Fact]
    public void A_written_log_reads_back_as_the_same_order_of_the_same_events() => Check(life =>
    {
        CausalTrace trace = Build(life);
        string log = ShiVizLog.Write(trace);
        return ShiVizLog.TryParse(log, out CausalTrace? read, out _)
            && read.Events.Select(happening => (happening.Process, happening.Clock, happening.Text))
                .SequenceEqual(trace.Events.Select(happening => (happening.Process, happening.Clock, happening.Text)))
            && ShiVizLog.Write(read) == log;
    });

    private static void Check(Func<Life, bool> property) =>
        Prop.ForAll(Lives, property).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(40));

    private static CausalTrace Build(Life life) =>
        CausalTrace.TryBuild(life.Recorded, out TraceContradiction? contradiction) ?? throw new InvalidOperationException(contradiction?.Explanation);

    private static Life Live(IList<Happening> happenings, IList<int> order, int choice)
    {
        var lived = new List<TraceEntry>();
        ulong sent = 0;
        foreach (Happening happening in happenings)
        {
            var process = new ProcessName($"p{happening.Process}");
            string text = $"event {lived.Count}";

            // Some messages come from outside, some are lost, some arrive twice.
            var message = new MessageId((ulong)happening.Pick % (sent + 2));
            lived.Add(happening.Kind switch
            {
                0 => TraceEntry.Local(process, text),
                1 => TraceEntry.Send(process, text, new MessageId(++sent)),
                2 => TraceEntry.Receive(process, text, message.Value > sent ? new MessageId(0) : message),
                _ => new TraceEntry(process, text, message.Value > sent ? [] : [message], [new MessageId(++sent)]),
            });
        }

        return new Life(lived, Mix(lived, order), choice);
    }

    /// <summary>Draws the next entry from the process that the order names, and what remains in the end.</summary>
    private static List<TraceEntry> Mix(List<TraceEntry> lived, IList<int> order)
    {
        var left = lived.GroupBy(entry => entry.Process).ToDictionary(group => group.Key, group => new Queue<TraceEntry>(group));
        var mixed = new List<TraceEntry>();
        foreach (int process in order.Concat(Enumerable.Range(0, Processes).SelectMany(each => Enumerable.Repeat(each, lived.Count))))
        {
            if (left.TryGetValue(new ProcessName($"p{process}"), out Queue<TraceEntry>? queue) && queue.TryDequeue(out TraceEntry? next))
            {
                mixed.Add(next);
            }
        }

        return mixed;
    }

    private static Cut SomeCut(CausalTrace trace, int choice)
    {
        VectorClock frontier = VectorClock.Zero;
        foreach (ProcessName process in trace.Processes)
        {
            frontier = frontier.With(process, new EventNumber((ulong)(choice % (trace.EventsOf(process).Length + 1))));
            choice /= 7;
        }

        return new Cut(frontier);
    }

    /// <summary>Of each event, everything from which a path of single steps leads to it, itself included.</summary>
    private static Dictionary<TraceEvent, HashSet<TraceEvent>> Pasts(CausalTrace trace)
    {
        var steps = trace.Events.ToDictionary(happening => happening, happening =>
            trace.Events.Where(cause => (cause.Process == happening.Process && cause.Number.Next == happening.Number)
                || cause.Entry.Sends.Intersect(happening.Entry.Receives).Any()).ToList());
        var pasts = new Dictionary<TraceEvent, HashSet<TraceEvent>>();
        foreach (TraceEvent happening in trace.Events)
        {
            var seen = new HashSet<TraceEvent> { happening };
            var open = new Stack<TraceEvent>([happening]);
            while (open.TryPop(out TraceEvent? next))
            {
                steps[next].Where(seen.Add).ToList().ForEach(open.Push);
            }

            pasts.Add(happening, seen);
        }

        return pasts;
    }
}
