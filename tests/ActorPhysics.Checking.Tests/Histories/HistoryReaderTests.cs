using System.Text;
using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Tests.Histories;

public sealed class HistoryReaderTests
{
    [Fact]
    public void Json_and_edn_of_one_history_give_the_same_events()
    {
        const string Json = """
            {"index":0,"time":5,"process":3,"type":"invoke","f":"cas","key":"x","value":[0,3],"error":{"ignored":[1,2]}}
            {"process":3,"type":"ok","f":"cas","value":null,"time":9,"index":7}
            {"process":-1,"type":"invoke","f":"txn","value":[["append",7,-2],["r","y",null],{"a":true}]}
            """;
        const string Edn = """
            {:index 0, :time 5 :process 3, :type :invoke :f :cas :key "x" :value [0 3] :error {:ignored (1 2)}}
            ; a comment with a brace {
            #jepsen.history.Op{:index 7, :time 9, :process 3, :type :ok, :f :cas, :value nil}
            {type invoke, process -1, f txn, value [[:append 7 -2] [:r :y nil] #tag {:a true}], #_ dropped :index #_ {} 2}
            """;

        List<OperationEvent> events = Read(Json, HistoryFormat.Json);

        Assert.Equal(events, Read(Edn, HistoryFormat.Edn));
        Assert.Equal(
            new OperationEvent(new EventIndex(0), new EventTime(5), new ProcessId(3), EventType.Invoke, "cas", Value.Of("x"), Value.List(Value.Of(0), Value.Of(3))),
            events[0]);
        Assert.Equal((new EventIndex(2), new EventTime(0)), (events[2].Index, events[2].Time));
        Assert.Equal("[[append 7 -2] [r y nil] {a true}]", events[2].Value.ToString());
    }

    [Theory]
    [InlineData(HistoryFormat.Json, """[{"process":0,"type":"invoke","f":"read"},{"process":0,"type":"ok","f":"read","value":"}\"é"}]""")]
    [InlineData(HistoryFormat.Edn, """[{:process 0, :type :invoke, :f :read} {:process 0 :type :ok :f :read :value "}\"é"} {:process :nemesis :type :info :f :kill :value \}}]""")]
    public void An_array_cut_into_pieces_of_any_size_gives_the_same_events(HistoryFormat format, string history)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(history);
        for (int size = 1; size <= bytes.Length; size++)
        {
            var reader = new HistoryReader(format);
            List<OperationEvent> events = [];
            foreach (byte[] chunk in bytes.Chunk(size))
            {
                ReadOnlySpan<byte> piece = chunk;
                while (reader.TryRead(ref piece, out OperationEvent next))
                {
                    events.Add(next);
                }
            }

            Assert.Null(reader.End());
            Assert.Equal(["nil", "\"}\\\"é\""], events.Select(next => next.Value.ToString()));
        }
    }

    [Theory]
    [InlineData(HistoryFormat.Json, """{"process":0,"type":"bogus","f":"read"}""", "type")]
    [InlineData(HistoryFormat.Json, """{"process":0,"type":"ok"}""", "\"f\"")]
    [InlineData(HistoryFormat.Json, """{"type":"ok","f":"read"}""", "process")]
    [InlineData(HistoryFormat.Json, """{"process":0,"type":"ok","f":"read","index":1.5}""", "index")]
    [InlineData(HistoryFormat.Json, """{"process":0,"type":ok,"f":"read"}""", "not JSON")]
    [InlineData(HistoryFormat.Json, """{"process":0,"type":"ok","f":"read""", "not closed")]
    [InlineData(HistoryFormat.Json, """{"process":0,"type":"ok","f":"read","value":"\ud800"}""", "not JSON")]
    [InlineData(HistoryFormat.Json, "some words", "expected")]
    [InlineData(HistoryFormat.Edn, "{:process 0 :type :ok :f :read :value }", "unexpected")]
    [InlineData(HistoryFormat.Edn, "{:process 0 :type :ok :f :read :value [1 2}", "not closed")]
    [InlineData(HistoryFormat.Edn, "{:process 0 :type :ok :f :read :value [1 2}}", "unexpected")]
    [InlineData(HistoryFormat.Edn, "{:process 0 :type :ok :f :read :value \"\\q\"}", "escape")]
    [InlineData(HistoryFormat.Edn, "42", "expected")]
    public void What_cannot_be_read_is_reported_with_its_line(HistoryFormat format, string malformed, string reason)
    {
        string good = format == HistoryFormat.Json ? """{"process":0,"type":"invoke","f":"read"}""" : "{:process 0, :type :invoke, :f :read}";

        bool readable = HistoryReader.TryReadAll(Encoding.UTF8.GetBytes(good + "\n\n" + malformed + "\n"), format, out List<OperationEvent> events, out HistoryFault? fault);

        Assert.False(readable);
        Assert.Single(events);
        Assert.Equal(3, fault!.Line);
        Assert.Contains(reason, fault.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HistoryFormat.Json, "{\"process\":0,\"type\":\"ok\",\"f\":\"read\",\"value\":")]
    [InlineData(HistoryFormat.Edn, "{:process 0 :type :ok :f :read :value ")]
    public void Nesting_is_bounded(HistoryFormat format, string beginning)
    {
        string deep = beginning + new string('[', 100_000) + new string(']', 100_000) + "}";

        Assert.False(HistoryReader.TryReadAll(Encoding.UTF8.GetBytes(deep), format, out _, out HistoryFault? fault));
        Assert.Equal(1, fault!.Line);
    }

    [Theory]
    [InlineData(""" {"process":0}""", HistoryFormat.Json)]
    [InlineData("""[ { "process":0}""", HistoryFormat.Json)]
    [InlineData("{:process 0}", HistoryFormat.Edn)]
    [InlineData("#jepsen.history.Op{:process 0}", HistoryFormat.Edn)]
    public void The_notation_shows_in_the_first_bytes(string beginning, HistoryFormat format) =>
        Assert.Equal(format, HistoryReader.Sniff(Encoding.UTF8.GetBytes(beginning)));

    private static List<OperationEvent> Read(string history, HistoryFormat format)
    {
        Assert.True(HistoryReader.TryReadAll(Encoding.UTF8.GetBytes(history), format, out List<OperationEvent> events, out HistoryFault? fault), fault?.ToString());
        return [.. events.Select(next => next with { Line = 0 })];
    }

    [Fact]
    public void What_drops_what_drops_ever_deeper_is_refused_and_not_followed_to_the_end_of_the_stack()
    {
        byte[] deep = System.Text.Encoding.UTF8.GetBytes("{:process 0 :type :ok :f :read " + string.Concat(Enumerable.Repeat("#_ ", 200_000)) + "}");

        Assert.False(HistoryReader.TryReadAll(deep, HistoryFormat.Edn, out _, out HistoryFault? fault));
        Assert.Contains("deep", fault!.ToString(), StringComparison.Ordinal);
    }
}
