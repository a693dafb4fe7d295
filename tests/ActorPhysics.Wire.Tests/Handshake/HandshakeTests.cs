using System.Buffers;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Wire.Tests.Handshake;

public class HandshakeTests
{
    private static readonly Hello NodeOne = Node(1);

    [Fact]
    public void Hello_of_a_node_and_of_a_client_survive_the_wire()
    {
        Hello client = new(Versions(1, 3), default, default, "bench", new ProcessRun(77), "actorphysics 0.1", 1 << 20);
        foreach (Hello hello in new[] { NodeOne, client })
        {
            Assert.True(Hello.TryRead(Bytes(hello.WriteTo), out Hello? back));
            Assert.Equal(hello, back);
        }
    }

    [Fact]
    public void Highest_common_version_is_spoken()
    {
        HandshakeVerdict verdict = HandshakeRules.Judge(NodeOne with { Versions = Versions(2, 4) }, Node(2) with { Versions = Versions(3, 7) });
        Assert.Equal(new HandshakeVerdict.Accepted(new ProtocolVersion(4)), verdict);
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void Disjoint_versions_are_refused_by_either_side()
    {
        Hello old = NodeOne with { Versions = Versions(1, 2) };
        Hello young = Node(2) with { Versions = Versions(3, 4) };
        Assert.Equal(GoodbyeReason.VersionsDisjoint, Refusal(old, young));
        Assert.Equal(GoodbyeReason.VersionsDisjoint, Refusal(young, old));
    }

    [Fact]
    public void Node_of_another_cluster_is_refused() =>
        Assert.Equal(GoodbyeReason.OtherCluster, Refusal(NodeOne, Node(2) with { Cluster = new ClusterId(6) }));

    [Fact]
    public void Node_that_names_no_cluster_is_refused()
    {
        Assert.Equal(GoodbyeReason.OtherCluster, Refusal(NodeOne, Node(2) with { Cluster = default }));
        Assert.Equal(GoodbyeReason.OtherCluster, Refusal(NodeOne with { Cluster = default }, Node(2) with { Cluster = default }));
    }

    [Fact]
    public void Client_may_leave_the_cluster_open_but_not_name_another()
    {
        Hello open = NodeOne with { Node = default, Client = "c", Cluster = default };
        Assert.IsType<HandshakeVerdict.Accepted>(HandshakeRules.Judge(NodeOne, open));
        Assert.IsType<HandshakeVerdict.Accepted>(HandshakeRules.Judge(open, NodeOne));
        Assert.Equal(GoodbyeReason.OtherCluster, Refusal(NodeOne, open with { Cluster = new ClusterId(6) }));
    }

    [Fact]
    public void Another_node_than_the_dialled_one_is_refused()
    {
        Assert.Equal(GoodbyeReason.UnexpectedNode, Refusal(NodeOne, Node(2), expected: new NodeId(3)));
        Assert.IsType<HandshakeVerdict.Accepted>(HandshakeRules.Judge(NodeOne, Node(2), new NodeId(2)));
    }

    [Fact]
    public void Node_under_our_own_name_is_refused() =>
        Assert.Equal(GoodbyeReason.UnexpectedNode, Refusal(NodeOne, NodeOne with { Run = new ProcessRun(99) }));

    [Fact]
    public void Goodbye_survives_the_wire_without_control_characters()
    {
        Assert.True(Goodbye.TryRead(Bytes(new Goodbye(GoodbyeReason.ShuttingDown, "bye\nnow").WriteTo), out Goodbye? back));
        Assert.Equal(new Goodbye(GoodbyeReason.ShuttingDown, "bye now"), back);
    }

    [Fact]
    public void Overlong_goodbye_is_cut_to_what_a_reader_accepts()
    {
        Assert.True(Goodbye.TryRead(Bytes(new Goodbye(GoodbyeReason.MalformedInput, new string('é', 5000)).WriteTo), out Goodbye? back));
        Assert.InRange(back.Detail.Length, 1, Goodbye.MaxDetailBytes);
    }

    [Fact]
    public void Random_bytes_are_refused_or_read_but_never_throw()
    {
        var random = new Random(1);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            Hello.TryRead(bytes, out _);
            Goodbye.TryRead(bytes, out _);
        }
    }

    [Fact]
    public void Hello_with_an_empty_or_reversed_version_range_is_malformed()
    {
        Assert.False(Hello.TryRead(Bytes((NodeOne with { Versions = Versions(0, 1) }).WriteTo), out _));
        Assert.False(Hello.TryRead(Bytes((NodeOne with { Versions = Versions(3, 2) }).WriteTo), out _));
        Assert.False(Hello.TryRead([], out _));
    }

    private static Hello Node(ulong id) =>
        new(Versions(1, 1), new ClusterId(5), new NodeId(id), string.Empty, new ProcessRun(id * 10), "actorphysics 0.1", 1 << 24);

    private static VersionRange Versions(uint lowest, uint highest) => new(new ProtocolVersion(lowest), new ProtocolVersion(highest));

    private static GoodbyeReason Refusal(Hello ours, Hello theirs, NodeId expected = default) =>
        Assert.IsType<HandshakeVerdict.Refused>(HandshakeRules.Judge(ours, theirs, expected)).Goodbye.Reason;

    private static byte[] Bytes(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }
}
