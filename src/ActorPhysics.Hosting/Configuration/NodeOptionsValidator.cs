using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Hosting.Configuration.Binding;

namespace ActorPhysics.Hosting.Configuration;

/// <summary>
/// Checks what single values cannot show: that the parts of a configuration fit together.
/// </summary>
internal sealed class NodeOptionsValidator(NodeOptions options, Findings findings)
{
    // What a frame or a record needs beside the bytes it carries: coordinates, sessions, lengths.
    private const int OverheadBytes = 64 * 1024;

    private const string Root = NodeOptions.SectionName;
    private const string Nodes = $"{Root}.cluster.nodes";
    private const string GroupDefaults = $"{Root}.group-defaults";
    private const string Protocol = $"{Root}.protocol";
    private const string Transport = $"{Root}.transport";

    public void Validate()
    {
        CheckCluster();
        CheckGroups();
        CheckConfigGroup();
        CheckSpaces();
        CheckTiming();
        CheckSizes();
        CheckSecurity();
    }

    private void CheckCluster()
    {
        IReadOnlyList<ClusterNodeSettings> nodes = options.Cluster.Nodes;
        RequireUnique(nodes, node => node.Id.Value, Nodes, "id");
        RequireUnique(nodes, node => node.Name, Nodes, "name");
        RequireUnique(nodes, node => node.Address, Nodes, "address");
        if (nodes.Count == 0)
        {
            findings.Conflict("a cluster has at least one node", Nodes);
        }
        else if (!nodes.Any(node => node.Id == options.Node.Id))
        {
            string known = string.Join(", ", nodes.Select(node => node.Id.Value).Order());
            findings.Conflict($"node {options.Node.Id.Value} is not in {Nodes}, which has: {known}", $"{Root}.node.id", Nodes);
        }

        for (int i = 0; i < nodes.Count; i++)
        {
            if (nodes[i].Address.Port == 0 && nodes.Count > 1)
            {
                findings.Conflict("port 0 can be found by no other node", $"{Nodes}[{i}].address");
            }
        }
    }

    private void CheckGroups()
    {
        const string Groups = $"{Root}.groups";
        if (options.Groups.IsEmpty)
        {
            findings.Conflict("a node without a group has nothing to do", Groups);
        }

        RequireUnique(options.Groups, group => group.Id.Value, Groups, "id");
        RequireUnique(options.Groups, group => group.Name, Groups, "name");
        for (int i = 0; i < options.Groups.Length; i++)
        {
            string key = $"{Groups}[{i}]";
            GroupSettings group = options.Groups[i];
            CheckMembers(group, $"{key}.members");
            CheckQuorum(group, $"{key}.quorum");
            if (group.FailureModel == GroupFailureModel.CrashRecovery && options.Journal.Kind == JournalKind.Memory)
            {
                findings.Conflict(
                    "crash-recovery needs a journal that survives the process; journal.kind is memory",
                    $"{key}.failure-model",
                    $"{Root}.journal.kind",
                    GroupDefaults);
            }
        }
    }

    private void CheckMembers(GroupSettings group, string key)
    {
        HashSet<NodeId> seen = [];
        for (int i = 0; i < group.Members.Length; i++)
        {
            NodeId member = group.Members[i];
            if (!seen.Add(member))
            {
                findings.Conflict($"node {member.Value} is a member twice", $"{key}[{i}]");
            }
            else if (!options.Config.IsOn && !options.Cluster.Nodes.Any(node => node.Id == member))
            {
                findings.Conflict($"node {member.Value} is not in {Nodes}", $"{key}[{i}]", Nodes);
            }
        }
    }

    // Its founding must not depend on whose settings are read: two clusters would grow from one.
    private void CheckConfigGroup()
    {
        const string Config = $"{Root}.config";
        const string ConfigGroup = $"{Config}.group";
        if (!options.Config.IsOn)
        {
            return;
        }

        for (int i = 0; i < options.Groups.Length; i++)
        {
            Require(
                !options.Groups[i].Members.IsEmpty,
                "with a config group every group names its founding members: the nodes' lists of nodes may differ",
                $"{Root}.groups[{i}].members",
                ConfigGroup);
        }

        GroupSettings? config = options.Groups.FirstOrDefault(group => group.Id == options.Config.Group);
        if (config is null)
        {
            findings.Conflict($"group {options.Config.Group.Value} is not in {Root}.groups", ConfigGroup, $"{Root}.groups");
            return;
        }

        Require(
            config.Machine == ConfigSettings.MachineName,
            $"the config group's machine is {ConfigSettings.MachineName}, not {config.Machine}",
            $"{Root}.groups[{options.Groups.IndexOf(config)}].machine",
            ConfigGroup);
        Require(
            config.Members.Any(member => options.Cluster.Nodes.Any(node => node.Id == member)),
            $"none of the config group's founding members is in {Nodes}: nobody would know where to begin",
            $"{Root}.groups[{options.Groups.IndexOf(config)}].members",
            Nodes);
        Require(
            options.Config.AbsentAfter >= 2 * options.Config.ReportInterval,
            "absent-after must be at least two report-intervals: one lost report must not make a node absent",
            $"{Config}.absent-after",
            $"{Config}.report-interval");
        Require(
            options.Config.RepairAfter >= options.Config.AbsentAfter,
            "repair-after must not be shorter than absent-after",
            $"{Config}.repair-after",
            $"{Config}.absent-after");
    }

    private void CheckQuorum(GroupSettings group, string key)
    {
        QuorumSettings quorum = group.Quorum;
        IReadOnlyList<NodeId> members = options.MembersOf(group);
        bool isCounted = quorum.Kind is QuorumKind.Flexible or QuorumKind.Weighted;
        bool mayCount = isCounted || quorum.Kind == QuorumKind.Domains;
        bool isWhole = RequirePresence(quorum, "election", quorum.Election is not null, isCounted, mayCount, key)
            & RequirePresence(quorum, "commit", quorum.Commit is not null, isCounted, mayCount, key)
            & RequirePresence(quorum, "weights", !quorum.Weights.IsEmpty, quorum.Kind == QuorumKind.Weighted, quorum.Kind == QuorumKind.Weighted, key)
            & RequirePresence(quorum, "zones", !quorum.Zones.IsEmpty, quorum.Kind == QuorumKind.Domains, quorum.Kind == QuorumKind.Domains, key)
            && RequireExactly(members, quorum.Weights.Keys, $"{key}.weights")
            && RequireExactly(members, quorum.Zones.Keys, $"{key}.zones");
        if (isWhole && members.Count > 0 && members.Distinct().Count() == members.Count)
        {
            // A replica is named after its node here, so that the counterexample can be read.
            QuorumRule rule = quorum.ToRule(members, node => new ReplicaId(node.Value));
            QuorumSystem.TryCreate(rule, group.ToFailureModel(), out QuorumRefusal? refusal);
            Require(
                refusal is null,
                $"the quorums are refused: {refusal?.Explanation}",
                [$"{key}.election", $"{key}.commit", $"{key}.weights", $"{key}.zones", $"{key}.kind", $"{key}.members", Nodes, GroupDefaults]);
        }
    }

    private bool RequirePresence(QuorumSettings quorum, string name, bool isGiven, bool isNeeded, bool isAllowed, string key)
    {
        string kind = SettingSchema.KeyOf(quorum.Kind.ToString());
        Require(isGiven || !isNeeded, $"quorum.{name} must be given for kind {kind}", $"{key}.{name}", $"{key}.kind", GroupDefaults);
        Require(!isGiven || isAllowed, $"quorum.{name} has no meaning for kind {kind}", $"{key}.{name}", $"{key}.kind", GroupDefaults);
        return isGiven ? isAllowed : !isNeeded;
    }

    private bool RequireExactly(IReadOnlyList<NodeId> members, IEnumerable<NodeId> given, string key)
    {
        static string Show(IEnumerable<NodeId> nodes) => string.Join(", ", nodes.Select(node => node.Value));

        NodeId[] listed = [.. given];
        bool isExact = listed.Length == 0 || members.SequenceEqual(listed);
        Require(isExact, $"must name exactly the members: has {Show(listed)}, members are {Show(members)}", key, Nodes, GroupDefaults);
        return isExact;
    }

    private void RequireUnique<TItem, TKey>(IReadOnlyList<TItem> items, Func<TItem, TKey> keyOf, string list, string name)
        where TKey : notnull
    {
        Dictionary<TKey, int> first = [];
        for (int i = 0; i < items.Count; i++)
        {
            TKey key = keyOf(items[i]);
            if (!first.TryAdd(key, i))
            {
                findings.Conflict($"{Shown.Quote($"{key}")} is taken by {list}[{first[key]}]", $"{list}[{i}].{name}");
            }
        }
    }

    private void CheckSpaces()
    {
        const string Spaces = $"{Root}.spaces";
        RequireUnique(options.Spaces, space => space.Name, Spaces, "name");
        Require(options.Spaces.IsEmpty || options.Config.IsOn, "a space is created by the config group, and the cluster has none", Spaces, $"{Root}.config.group");
        for (int i = 0; i < options.Spaces.Length; i++)
        {
            if (SpaceDescription.TryCreate(options.Spaces[i].ToSpaceSettings(), out SpaceRefusal? refusal) is null)
            {
                findings.Conflict($"the space cannot be: {refusal!.Reason}", $"{Spaces}[{i}]");
            }
        }
    }

    private void CheckTiming()
    {
        ProtocolSettings protocol = options.Protocol;
        const string Heartbeat = $"{Protocol}.heartbeat-interval";
        const string ElectionMin = $"{Protocol}.election-timeout.min";
        const string ElectionMax = $"{Protocol}.election-timeout.max";
        const string Lease = $"{Protocol}.lease.duration";
        const string Drift = $"{Protocol}.lease.max-clock-drift";
        TimeSpan electionMin = protocol.ElectionTimeout.Min;

        // Equal bounds would let all followers stand at once, for ever.
        Require(
            electionMin < protocol.ElectionTimeout.Max,
            "election-timeout.min must be shorter than election-timeout.max",
            ElectionMin,
            ElectionMax);
        Require(
            protocol.HeartbeatInterval * 2 < electionMin,
            "heartbeat-interval must be shorter than half of election-timeout.min: one lost heartbeat must not start an election",
            Heartbeat,
            ElectionMin);

        // Checked also where reads by lease are off: voters keep the promise all the same.
        ClockDriftBound drift = protocol.Lease.MaxClockDrift;
        Require(
            protocol.Lease.Duration < drift.Shorten(electionMin),
            "lease.duration must be shorter than election-timeout.min less lease.max-clock-drift",
            Lease,
            Drift,
            ElectionMin);
        Require(
            drift.Shorten(protocol.Lease.Duration) > protocol.HeartbeatInterval,
            "lease.duration less lease.max-clock-drift must be longer than heartbeat-interval, or every lease ends before it is renewed",
            Lease,
            Drift,
            Heartbeat);

        TransportSettings transport = options.Transport;
        Require(
            transport.IdleTimeout > protocol.ElectionTimeout.Max,
            "idle-timeout must be longer than election-timeout.max",
            $"{Transport}.idle-timeout",
            ElectionMax);
        CheckBackoff(transport.Reconnect, $"{Transport}.reconnect");
    }

    private void CheckBackoff(BackoffSettings backoff, string key) =>
        Require(
            backoff.MinBackoff <= backoff.MaxBackoff,
            "min-backoff must not be longer than max-backoff",
            $"{key}.min-backoff",
            $"{key}.max-backoff");

    private void CheckSizes()
    {
        const string Append = $"{Protocol}.max-append-bytes";
        const string Batch = $"{Protocol}.max-batch-bytes";
        const string Frame = $"{Transport}.max-frame-bytes";
        ProtocolSettings protocol = options.Protocol;
        CheckEntry("max-command-bytes", $"{Root}.limits.max-command-bytes", options.Limits.MaxCommandBytes);
        CheckEntry("max-batch-bytes", Batch, protocol.MaxBatchBytes);
        CheckEntry("max-append-bytes", Append, protocol.MaxAppendBytes);
        CheckFrame("piece-bytes", $"{Root}.handoffs.piece-bytes", options.Handoffs.PieceBytes);
        CheckFrame("max-result-bytes", $"{Root}.limits.max-result-bytes", options.Limits.MaxResultBytes);
        CheckFrame("chunk-bytes", $"{Root}.snapshots.chunk-bytes", options.Snapshots.ChunkBytes);
        Require(
            protocol.MaxAppendBytes <= protocol.MaxInflightBytes,
            "max-inflight-bytes must have room for one message of max-append-bytes",
            $"{Protocol}.max-inflight-bytes",
            Append);
        Require(
            protocol.MaxBatchBytes <= protocol.MaxUncommittedBytes,
            "max-uncommitted-bytes must have room for one batch of max-batch-bytes",
            $"{Protocol}.max-uncommitted-bytes",
            Batch);
        Require(
            options.Transport.OutgoingBufferBytes >= options.Transport.MaxFrameBytes,
            "outgoing-buffer-bytes must have room for one frame of max-frame-bytes",
            $"{Transport}.outgoing-buffer-bytes",
            Frame);
    }

    // What is appended at once may fill half a segment at most, so that the journal can always make room by writing anew what is alive.
    private void CheckEntry(string name, string key, long bytes)
    {
        CheckFrame(name, key, bytes);
        Require(
            bytes + OverheadBytes <= options.Journal.SegmentBytes / 2,
            $"{name} and 64 KiB must fit in half of journal.segment-bytes",
            key,
            $"{Root}.journal.segment-bytes");
    }

    private void CheckFrame(string name, string key, long bytes) =>
        Require(
            bytes + OverheadBytes <= options.Transport.MaxFrameBytes,
            $"{name} and 64 KiB must fit in transport.max-frame-bytes",
            key,
            $"{Transport}.max-frame-bytes");

    private void CheckSecurity()
    {
        const string Tls = $"{Transport}.tls";
        TlsSettings tls = options.Transport.Tls;
        Require(
            !tls.Enabled || tls.Certificate is not null,
            "tls.certificate must be given when tls.enabled is true",
            $"{Tls}.certificate",
            $"{Tls}.enabled");
        Require(
            !tls.Enabled || tls.Ca is not null,
            "tls.ca must be given when tls.enabled is true: it says whom to trust",
            $"{Tls}.ca",
            $"{Tls}.enabled");
        if (tls.Enabled)
        {
            return;
        }

        const string Reason = "is not a loopback address: other addresses need transport.tls.enabled";
        if (options.Listen.Address is { IsLoopback: false } listen)
        {
            findings.Conflict($"{listen} {Reason}", $"{Root}.listen.address", $"{Tls}.enabled");
        }

        for (int i = 0; i < options.Cluster.Nodes.Length; i++)
        {
            if (options.Cluster.Nodes[i].Address is { IsLoopback: false } address)
            {
                findings.Conflict($"{address} {Reason}", $"{Nodes}[{i}].address", $"{Tls}.enabled");
            }
        }
    }

    private void Require(bool holds, string message, params ReadOnlySpan<string> keys)
    {
        if (!holds)
        {
            findings.Conflict(message, keys);
        }
    }
}
