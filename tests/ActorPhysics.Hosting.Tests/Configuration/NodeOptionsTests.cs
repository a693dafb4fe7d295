using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Hosting.Configuration;

namespace ActorPhysics.Hosting.Tests.Configuration;

public sealed class NodeOptionsTests
{
    private const string ThreeNodes = """
        actorphysics.cluster.nodes = [
          { id = 1, name = a, address = "127.0.0.1:1" }, { id = 2, name = b, address = "127.0.0.1:2" }, { id = 3, name = c, address = "127.0.0.1:3" }
        ]

        """;

    [Fact]
    public void Every_kind_of_value_reaches_its_option()
    {
        NodeOptions options = NodeOptions.FromText("""
            actorphysics {
              cluster { id = shop, nodes = [{ id = 7, name = seven, address = "[::1]:7000" }, { id = 9, name = nine, address = "localhost:7001" }] }
              node { id = 9, data-dir = "/var/lib/shop 1", loop-spin = 30 us }
              listen.address = "127.0.0.1:0"
              transport { idle-timeout = 1 minute, max-frame-bytes = 32MiB, outgoing-buffer-bytes = 40 MB }
              journal { kind = sqlite, spin-iterations = 0 }
              groups = [
                { id = 1, name = config, machine = register, members = [9] }
                { id = 2, name = stock, quorum { kind = weighted, election = 3, commit = 2, weights { 7 = 2, 9 = 1 } } }
                { id = 3, name = zoned, quorum { kind = domains, zones { 7 = north, 9 = south } } }
              ]
              protocol { lease { enabled = off, max-clock-drift = 200 ppm } }
              snapshots.every-entries = 100000
              metrics.per-group = no
            }
            """);

        Assert.Equal("nine", options.OwnNode.Name);
        Assert.Equal(new HostPort("::1", 7000), options.Cluster.Nodes[0].Address);
        Assert.Equal(new HostPort("127.0.0.1", 0), options.ListenAddress);
        Assert.Equal("/var/lib/shop 1", options.Node.DataDir);
        Assert.Equal(TimeSpan.FromMinutes(1), options.Transport.IdleTimeout);
        Assert.Equal(40_000_000, options.Transport.OutgoingBufferBytes);
        Assert.Equal((JournalKind.Sqlite, 0), (options.Journal.Kind, options.Journal.SpinIterations));
        Assert.Equal(["register", "kv", "kv"], options.Groups.Select(group => group.Machine));
        Assert.Equal([new NodeId(9)], options.MembersOf(options.Groups[0]).AsEnumerable());
        Assert.Equal([new NodeId(7), new NodeId(9)], options.MembersOf(options.Groups[1]).AsEnumerable());
        Assert.Equal((3, 2), (options.Groups[1].Quorum.Election!.Value, options.Groups[1].Quorum.Commit!.Value));
        Assert.Equal(2, options.Groups[1].Quorum.Weights[new NodeId(7)]);
        Assert.Equal("south", options.Groups[2].Quorum.Zones[new NodeId(9)]);
        Assert.Equal(TimeSpan.FromMicroseconds(30), options.Node.LoopSpin);
        Assert.False(options.Protocol.Lease.Enabled || options.Metrics.PerGroup);
        Assert.True(options.Metrics.Enabled);
        Assert.Equal(100_000, options.Snapshots.EveryEntries);
        Assert.Equal(200u, options.Protocol.Lease.MaxClockDrift.PartsPerMillion);
    }

    [Fact]
    public void Group_defaults_hold_for_every_group_that_does_not_say_otherwise()
    {
        NodeOptions options = NodeOptions.FromText(ThreeNodes + """
            actorphysics {
              group-defaults { machine = register, quorum { kind = flexible, election = 3, commit = 1 } }
              groups = [{ id = 1, name = x }, { id = 2, name = y, machine = kv, quorum.commit = 2 }]
            }
            """);

        Assert.Equal([("register", 3, 1), ("kv", 3, 2)], options.Groups.Select(group => (group.Machine, group.Quorum.Election!.Value, group.Quorum.Commit!.Value)));
    }

    [Fact]
    public void Other_sections_and_variables_are_none_of_our_business() =>
        Assert.Equal("x", NodeOptions.FromText("logging.level = info\nname = x\nactorphysics.cluster.id = ${name}").Cluster.Id);

    [Fact]
    public void A_file_can_refer_to_a_default() =>
        Assert.Equal(
            TimeSpan.FromMilliseconds(600),
            NodeOptions.FromText("actorphysics.node.shutdown-timeout = ${actorphysics.protocol.election-timeout.max}").Node.ShutdownTimeout);

    [Fact]
    public void All_mistakes_are_reported_together_in_the_order_of_their_lines()
    {
        var error = Assert.Throws<ConfigurationException>(() => NodeOptions.FromText(
            """
            actorphysics {
              node.id = nine
              transport {
                max-frame-size = 1 MiB
                idle-timeout = 5 parsecs
                tls = yes
              }
              groups = [
                { id = 1 }
                { id = 2, name = "two words", members = [1, x] }
                3
              ]
              protocol { heartbeat-interval = 2 s, election-timeout { min = 1 s, max = 1 s } }
            }
            """,
            "n.conf"));

        Assert.Equal(
            """
            n.conf:2: actorphysics.node.id: `nine` is not a whole number
            n.conf:4: actorphysics.transport.max-frame-size: unknown key; did you mean `max-frame-bytes`?
            n.conf:5: actorphysics.transport.idle-timeout: `5 parsecs` is not a duration; write a number and one of ns, us, ms, s, m, h, d
            n.conf:6: actorphysics.transport.tls: must be an object, not a single value
            n.conf:9: actorphysics.groups[0].name: is required
            n.conf:10: actorphysics.groups[1].name: `two words` is not a name: letters, digits, '-', '_' and '.' are allowed, 64 characters at most
            n.conf:10: actorphysics.groups[1].members[1]: `x` is not a whole number
            n.conf:11: actorphysics.groups[2]: must be an object, not a single value
            n.conf:13: actorphysics.protocol.election-timeout.min: election-timeout.min must be shorter than election-timeout.max
            n.conf:13: actorphysics.protocol.heartbeat-interval: heartbeat-interval must be shorter than half of election-timeout.min: one lost heartbeat must not start an election
            n.conf:13: actorphysics.protocol.heartbeat-interval: lease.duration less lease.max-clock-drift must be longer than heartbeat-interval, or every lease ends before it is renewed
            """,
            string.Join('\n', error.Errors));
    }

    [Theory]
    // Keys
    [InlineData("actorphysics.jornal.kind = memory", "actorphysics.jornal: unknown key; did you mean `journal`?")]
    [InlineData("actorphysics.zzz = 1", "actorphysics.zzz: unknown key")]
    [InlineData("actorphysics.protocol.\"a b\" = 1", "actorphysics.protocol.\"a b\": unknown key")]
    [InlineData("actorphysics.protocol.leases { enabled = no }", "actorphysics.protocol.leases: unknown key; did you mean `lease`?")]
    [InlineData("actorphysics.group-defaults.machin = kv", "actorphysics.group-defaults.machin: unknown key; did you mean `machine`?")]
    [InlineData("actorphysics.group-defaults.id = 4", "actorphysics.group-defaults.id: unknown key")]
    [InlineData("actorphysics.groups = [{ id = 1, name = x, quorum { knd = majority } }]", "actorphysics.groups[0].quorum.knd: unknown key; did you mean `kind`?")]
    [InlineData("actorphysic.node.id = 1", "actorphysic: unknown key; did you mean `actorphysics`?")]
    [InlineData("ActorPhysics.node.id = 1", "ActorPhysics: unknown key; did you mean `actorphysics`?")]
    // Kinds
    [InlineData("actorphysics = 1", "actorphysics: must be an object, not a single value")]
    [InlineData("actorphysics.node = null", "actorphysics.node: must have a value")]
    [InlineData("actorphysics.node.id = null", "actorphysics.node.id: must have a value")]
    [InlineData("actorphysics.node.id = [1]", "actorphysics.node.id: must be a single value, not a list")]
    [InlineData("actorphysics.groups = none", "actorphysics.groups: must be a list, not a single value")]
    [InlineData("actorphysics.groups = \"\"", "actorphysics.groups: must be a list, not a single value")]
    [InlineData("actorphysics.group-defaults = 1", "actorphysics.group-defaults: must be an object, not a single value")]
    [InlineData("actorphysics.group-defaults.quorum.weights = [1]", "actorphysics.group-defaults.quorum.weights: must be an object, not a list")]
    // Values
    [InlineData("actorphysics.snapshots.keep = 1.5", "actorphysics.snapshots.keep: `1.5` is not a whole number")]
    [InlineData("actorphysics.snapshots.keep = -1", "actorphysics.snapshots.keep: `-1` is out of range: from 2 to 100")]
    [InlineData("actorphysics.snapshots.keep = 99999999999999999999999999999999", "actorphysics.snapshots.keep: `99999999999999999999999999999999` is out of range: from 2 to 100")]
    [InlineData("actorphysics.node.id = 0", "actorphysics.node.id: `0` is out of range: from 1 to 9223372036854775807")]
    [InlineData("actorphysics.node.data-dir = \"\"", "actorphysics.node.data-dir: must not be empty")]
    [InlineData("actorphysics.cluster.id = \"a/b\"", "actorphysics.cluster.id: `a/b` is not a name: letters, digits, '-', '_' and '.' are allowed, 64 characters at most")]
    [InlineData("actorphysics.listen.address = localhost", "actorphysics.listen.address: `localhost` is not an address; write \"host:port\"")]
    [InlineData("actorphysics.listen.address = \"127.0.0.1:65536\"", "actorphysics.listen.address: `127.0.0.1:65536` is not an address; write \"host:port\"")]
    [InlineData("actorphysics.listen.address = \"::1:80\"", "actorphysics.listen.address: `::1:80` is not an address; write \"host:port\"")]
    [InlineData("actorphysics.journal.kind = sqllite", "actorphysics.journal.kind: `sqllite` is not one of write-ahead, sqlite, memory; did you mean `sqlite`?")]
    [InlineData("actorphysics.journal.kind = 0", "actorphysics.journal.kind: `0` is not one of write-ahead, sqlite, memory")]
    [InlineData("actorphysics.journal.segment-bytes = 64 KB", "actorphysics.journal.segment-bytes: `64 KB` is not a size; write a number and one of B, kB, KiB, MB, MiB, GB, GiB")]
    [InlineData("actorphysics.journal.segment-bytes = 1 KiB", "actorphysics.journal.segment-bytes: `1 KiB` is out of range: from 64 KiB to 1 GiB")]
    [InlineData("actorphysics.limits.max-command-bytes = 1.0001 KiB", "actorphysics.limits.max-command-bytes: `1.0001 KiB` is not a whole number of bytes")]
    [InlineData("actorphysics.node.loop-spin = 50 ns", "actorphysics.node.loop-spin: `50 ns` is not a whole number times 100 ns")]
    [InlineData("actorphysics.protocol.lease.max-clock-drift = 20 ms", "actorphysics.protocol.lease.max-clock-drift: `20 ms` is not a rate; write a number and % or ppm")]
    [InlineData("actorphysics.protocol.lease.max-clock-drift = 0.00005 %", "actorphysics.protocol.lease.max-clock-drift: `0.00005 %` is not a whole number of ppm")]
    [InlineData("actorphysics.protocol.lease.max-clock-drift = 51 %", "actorphysics.protocol.lease.max-clock-drift: `51 %` is out of range: from 0 ppm to 50 %")]
    [InlineData("actorphysics.protocol.lease.enabled = maybe", "actorphysics.protocol.lease.enabled: `maybe` is not a boolean; write true or false")]
    [InlineData("actorphysics.node.shutdown-timeout = 9999999999999999999999999999999999 d", "actorphysics.node.shutdown-timeout: `9999999999999999999999999999999999 d` is out of range: from 0 ms to 1 h")]
    [InlineData("actorphysics.group-defaults.quorum { kind = weighted, election = 1, commit = 1, weights { x = 1 } }", "actorphysics.group-defaults.quorum.weights.x: `x` is not the id of a node")]
    [InlineData("actorphysics.group-defaults.quorum { kind = weighted, election = 1, commit = 1, weights { 1 = -1 } }", "actorphysics.group-defaults.quorum.weights.1: `-1` is out of range: from 1 to 255")]
    [InlineData("actorphysics.snapshots.keep = \"1\\n2\"", "actorphysics.snapshots.keep: `1\\u000a2` is not a whole number")]
    public void A_wrong_key_or_value_is_told_with_line_and_key(string line, string expected) => AssertError(line, expected);

    [Theory]
    // Cluster
    [InlineData("actorphysics.node.id = 4", "actorphysics.node.id: node 4 is not in actorphysics.cluster.nodes, which has: 1, 2, 3")]
    [InlineData("actorphysics.cluster.nodes = []", "actorphysics.cluster.nodes: a cluster has at least one node")]
    [InlineData("actorphysics.cluster.nodes += { id = 3, name = d, address = \"127.0.0.1:4\" }", "actorphysics.cluster.nodes[3].id: `3` is taken by actorphysics.cluster.nodes[2]")]
    [InlineData("actorphysics.cluster.nodes += { id = 4, name = c, address = \"127.0.0.1:4\" }", "actorphysics.cluster.nodes[3].name: `c` is taken by actorphysics.cluster.nodes[2]")]
    [InlineData("actorphysics.cluster.nodes += { id = 4, name = d, address = \"127.0.0.1:3\" }", "actorphysics.cluster.nodes[3].address: `127.0.0.1:3` is taken by actorphysics.cluster.nodes[2]")]
    [InlineData("actorphysics.cluster.nodes += { id = 4, name = d, address = \"127.0.0.1:0\" }", "actorphysics.cluster.nodes[3].address: port 0 can be found by no other node")]
    // Spaces
    [InlineData("actorphysics.spaces = [ { name = s } ]", "actorphysics.spaces: a space is created by the config group, and the cluster has none")]
    [InlineData("actorphysics.spaces = [ { machine = kv } ]", "actorphysics.spaces[0].name: is required")]
    // Groups
    [InlineData("actorphysics.groups = []", "actorphysics.groups: a node without a group has nothing to do")]
    [InlineData("actorphysics.groups += { id = 1, name = x }", "actorphysics.groups[1].id: `1` is taken by actorphysics.groups[0]")]
    [InlineData("actorphysics.groups += { id = 2, name = main }", "actorphysics.groups[1].name: `main` is taken by actorphysics.groups[0]")]
    [InlineData("actorphysics.groups += { id = 2, name = x, members = [1, 4] }", "actorphysics.groups[1].members[1]: node 4 is not in actorphysics.cluster.nodes")]
    [InlineData("actorphysics.groups += { id = 2, name = x, members = [1, 1] }", "actorphysics.groups[1].members[1]: node 1 is a member twice")]
    [InlineData("actorphysics.journal.kind = memory", "actorphysics.journal.kind: crash-recovery needs a journal that survives the process; journal.kind is memory")]
    // Quorums
    [InlineData("actorphysics.group-defaults.quorum { kind = flexible, election = 3 }", "actorphysics.groups[0].quorum.kind: quorum.commit must be given for kind flexible")]
    [InlineData("actorphysics.group-defaults.quorum.commit = 2", "actorphysics.groups[0].quorum.commit: quorum.commit has no meaning for kind majority")]
    [InlineData("actorphysics.group-defaults.quorum { kind = flexible, election = 4, commit = 1 }", "actorphysics.groups[0].quorum.election: the quorums are refused: an election size of 4 and a commit size of 1 do not both lie between 1 and 3")]
    [InlineData("actorphysics.group-defaults.quorum { kind = flexible, election = 2, commit = 1 }", "actorphysics.groups[0].quorum.election: the quorums are refused: election quorum {r1, r2} and commit quorum {r3} do not intersect")]
    [InlineData("actorphysics.group-defaults.quorum { kind = domains, election = 1, zones { 1 = x, 2 = x, 3 = y } }", "actorphysics.groups[0].quorum.election: the quorums are refused: election quorum {r3} and election quorum {r1, r2} do not intersect")]
    [InlineData("actorphysics.group-defaults.quorum { kind = weighted, election = 2, commit = 5, weights { 1 = 2, 2 = 1, 3 = 1 } }", "actorphysics.groups[0].quorum.election: the quorums are refused: an election weight of 2 and a commit weight of 5 do not both lie between 1 and 4")]
    [InlineData("actorphysics.group-defaults.quorum { kind = weighted, election = 2, commit = 2, weights { 1 = 2, 2 = 1 } }", "actorphysics.groups[0].quorum.weights: must name exactly the members: has 1, 2, members are 1, 2, 3")]
    [InlineData("actorphysics.group-defaults.quorum { kind = domains, zones { 1 = x, 2 = x, 4 = y } }", "actorphysics.groups[0].quorum.zones: must name exactly the members: has 1, 2, 4, members are 1, 2, 3")]
    // Timing
    [InlineData("actorphysics.protocol.election-timeout.max = 300 ms", "actorphysics.protocol.election-timeout.max: election-timeout.min must be shorter than election-timeout.max")]
    [InlineData("actorphysics.protocol.heartbeat-interval = 150 ms", "actorphysics.protocol.heartbeat-interval: heartbeat-interval must be shorter than half of election-timeout.min: one lost heartbeat must not start an election")]
    [InlineData("actorphysics.protocol.lease.duration = 295 ms", "actorphysics.protocol.lease.duration: lease.duration must be shorter than election-timeout.min less lease.max-clock-drift")]
    [InlineData("actorphysics.protocol.lease.max-clock-drift = 10 %", "actorphysics.protocol.lease.max-clock-drift: lease.duration must be shorter than election-timeout.min less lease.max-clock-drift")]
    [InlineData("actorphysics.protocol.lease.duration = 50 ms", "actorphysics.protocol.lease.duration: lease.duration less lease.max-clock-drift must be longer than heartbeat-interval, or every lease ends before it is renewed")]
    [InlineData("actorphysics.transport.idle-timeout = 500 ms", "actorphysics.transport.idle-timeout: idle-timeout must be longer than election-timeout.max")]
    [InlineData("actorphysics.transport.reconnect.min-backoff = 2 s", "actorphysics.transport.reconnect.min-backoff: min-backoff must not be longer than max-backoff")]
    // Sizes
    [InlineData("actorphysics.limits.max-result-bytes = 16 MiB", "actorphysics.limits.max-result-bytes: max-result-bytes and 64 KiB must fit in transport.max-frame-bytes")]
    [InlineData("actorphysics.snapshots.chunk-bytes = 16 MiB", "actorphysics.snapshots.chunk-bytes: chunk-bytes and 64 KiB must fit in transport.max-frame-bytes")]
    [InlineData("actorphysics.transport.outgoing-buffer-bytes = 1 MiB", "actorphysics.transport.outgoing-buffer-bytes: outgoing-buffer-bytes must have room for one frame of max-frame-bytes")]
    [InlineData("actorphysics.limits.max-command-bytes = 16 MiB", "actorphysics.limits.max-command-bytes: max-command-bytes and 64 KiB must fit in transport.max-frame-bytes")]
    [InlineData("actorphysics.protocol.max-batch-bytes = 16 MiB", "actorphysics.protocol.max-batch-bytes: max-batch-bytes and 64 KiB must fit in transport.max-frame-bytes")]
    [InlineData("actorphysics.journal.segment-bytes = 2 MiB, actorphysics.protocol.max-append-bytes = 512 KiB", "actorphysics.journal.segment-bytes: max-command-bytes and 64 KiB must fit in half of journal.segment-bytes")]
    [InlineData("actorphysics.protocol.max-inflight-bytes = 512 KiB", "actorphysics.protocol.max-inflight-bytes: max-inflight-bytes must have room for one message of max-append-bytes")]
    [InlineData("actorphysics.protocol.max-uncommitted-bytes = 1 KiB", "actorphysics.protocol.max-uncommitted-bytes: max-uncommitted-bytes must have room for one batch of max-batch-bytes")]
    // Security
    [InlineData("actorphysics.listen.address = \"0.0.0.0:1\"", "actorphysics.listen.address: 0.0.0.0:1 is not a loopback address: other addresses need transport.tls.enabled")]
    [InlineData("actorphysics.cluster.nodes += { id = 4, name = d, address = \"db.example:4\" }", "actorphysics.cluster.nodes[3].address: db.example:4 is not a loopback address: other addresses need transport.tls.enabled")]
    [InlineData("actorphysics.transport.tls { enabled = yes, ca = c }", "actorphysics.transport.tls.enabled: tls.certificate must be given when tls.enabled is true")]
    [InlineData("actorphysics.transport.tls { enabled = yes, certificate = c }", "actorphysics.transport.tls.enabled: tls.ca must be given when tls.enabled is true: it says whom to trust")]
    public void Parts_that_do_not_fit_together_are_told_where_the_user_wrote_them(string line, string expected) =>
        AssertError(ThreeNodes + line, expected);

    [Theory]
    [InlineData("actorphysics { journal.kind = memory, group-defaults.failure-model = crash-stop }")]
    [InlineData("actorphysics { listen.address = \"0.0.0.0:1\", transport.tls { enabled = yes, certificate = c, ca = d } }")]
    [InlineData("actorphysics.group-defaults.quorum { kind = flexible, election = 3, commit = 1 }")]
    [InlineData("actorphysics.group-defaults.quorum { kind = domains, election = 2, commit = 2, zones { 1 = x, 2 = y, 3 = y } }")]
    public void Parts_that_fit_together_are_accepted(string line) => Assert.NotNull(NodeOptions.FromText(ThreeNodes + line));

    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1", 80, true)]
    [InlineData("localhost:0", "localhost", 0, true)]
    [InlineData("[::1]:65535", "::1", 65535, true)]
    [InlineData("[::]:1", "::", 1, false)]
    [InlineData("db-1.example:7400", "db-1.example", 7400, false)]
    [InlineData("10.0.0.1:7400", "10.0.0.1", 7400, false)]
    public void An_address_has_a_host_and_a_port(string text, string host, int port, bool loopback)
    {
        Assert.True(HostPort.TryParse(text, out HostPort address));
        Assert.Equal((host, port, loopback, text), (address.Host, address.Port, address.IsLoopback, address.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData("host")]
    [InlineData("host:")]
    [InlineData("host:x")]
    [InlineData("host:-1")]
    [InlineData("ho st:1")]
    [InlineData("[127.0.0.1]:1")]
    [InlineData("[]:1")]
    public void No_address_is(string text) => Assert.False(HostPort.TryParse(text, out _));

    [Fact]
    [Trait("Seed", "4.1")]
    public void Zones_become_the_failure_domains_of_the_quorum_rule()
    {
        NodeOptions options = NodeOptions.FromText(ThreeNodes + "actorphysics.group-defaults.quorum { kind = domains, zones { 1 = south, 2 = north, 3 = south } }");

        QuorumRule rule = options.Groups[0].Quorum.ToRule(options.MembersOf(options.Groups[0]), node => new ReplicaId(node.Value + 10));

        Assert.Equal(
            new FailureDomainRule([Placed(11, 1), Placed(12, 0), Placed(13, 1)]),
            rule);

        static PlacedVoter Placed(ulong replica, ulong zone) => new(new ReplicaId(replica), new FailureDomainId(zone));
    }

    private static void AssertError(string text, string expected)
    {
        ConfigurationError error = Assert.Single(Assert.Throws<ConfigurationException>(() => NodeOptions.FromText(text, "n.conf")).Errors);

        Assert.Equal($"n.conf:{1 + text.Count(c => c == '\n')}: {expected}", error.ToString());
    }
}
