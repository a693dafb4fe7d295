using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Network;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Storage;

namespace ActorPhysics.Simulation.Scenarios;

/// <summary>How the parts of a plan are said, one line each.</summary>
internal static class PlanPhrases
{
    public static Phrase<GroupShape> Group { get; } = new Phrase<GroupShape>(complete: false)
        .First("kind of quorums", TextForms.Kind<QuorumShape>(), g => g.Quorums, (g, v) => g with { Quorums = v })
        .First("number of nodes", TextForms.Count, g => g.Nodes, (g, v) => g with { Nodes = v })
        .Then("witnesses", TextForms.Count, g => g.Witnesses, (g, v) => g with { Witnesses = v })
        .Then("learners", TextForms.Count, g => g.Learners, (g, v) => g with { Learners = v })
        .Then("spares", TextForms.Count, g => g.Spares, (g, v) => g with { Spares = v })
        .Flag("crash-stop", g => g.CrashStop, (g, v) => g with { CrashStop = v });

    public static Phrase<LineOptions> Options { get; } = new Phrase<LineOptions>(complete: false)
        .Then("heartbeat", TextForms.Duration, o => o.HeartbeatInterval, (o, v) => o with { HeartbeatInterval = v })
        .Then("election", TextForms.Duration.Range(), o => (o.ElectionTimeoutMinimum, o.ElectionTimeoutMaximum),
            (o, v) => o with { ElectionTimeoutMinimum = v.Item1, ElectionTimeoutMaximum = v.Item2 })
        .Then("lease", TextForms.Duration, o => o.LeaseDuration, (o, v) => o with { LeaseDuration = v })
        .Then("drift-bound", TextForms.DriftBound, o => o.ClockDrift.PartsPerMillion, (o, v) => o with { ClockDrift = new ClockDriftBound(v) })
        .Then("lease-reads", TextForms.Switch, o => o.LeaseReads, (o, v) => o with { LeaseReads = v })
        .Then("batch-entries", TextForms.Count, o => o.MaximumBatchEntries, (o, v) => o with { MaximumBatchEntries = v })
        .Then("batch-bytes", TextForms.Count, o => o.MaximumBatchBytes, (o, v) => o with { MaximumBatchBytes = v })
        .Then("window-batches", TextForms.Count, o => o.MaximumInFlightBatches, (o, v) => o with { MaximumInFlightBatches = v })
        .Then("window-bytes", TextForms.Count, o => o.MaximumInFlightBytes, (o, v) => o with { MaximumInFlightBytes = v })
        .Then("uncommitted-bytes", TextForms.LongCount, o => o.MaximumUncommittedBytes, (o, v) => o with { MaximumUncommittedBytes = v })
        .Then("apply-entries", TextForms.Count, o => o.MaximumApplyEntries, (o, v) => o with { MaximumApplyEntries = v })
        .Then("snapshot-every-bytes", TextForms.LongCount, o => o.SnapshotEveryBytes, (o, v) => o with { SnapshotEveryBytes = v })
        .Then("snapshot-every-entries", TextForms.LongCount, o => o.SnapshotEveryEntries, (o, v) => o with { SnapshotEveryEntries = v })
        .Then("chunk-bytes", TextForms.Count, o => o.SnapshotChunkBytes, (o, v) => o with { SnapshotChunkBytes = v })
        .Then("quiesce-after", TextForms.Duration, o => o.QuiesceAfter ?? TimeSpan.Zero, (o, v) => o with { QuiesceAfter = v == TimeSpan.Zero ? null : v })
        .Then("wake-spread", TextForms.Duration, o => o.WakeSpread, (o, v) => o with { WakeSpread = v });

    public static Phrase<NetworkWeather> Network { get; } = new Phrase<NetworkWeather>(complete: false)
        .Then("latency", TextForms.Duration, n => n.Latency, (n, v) => n with { Latency = v })
        .Then("jitter", TextForms.Duration, n => n.Jitter, (n, v) => n with { Jitter = v })
        .Then("drops", TextForms.PerMillion, n => n.DropsPerMillion, (n, v) => n with { DropsPerMillion = v })
        .Then("duplicates", TextForms.PerMillion, n => n.DuplicatesPerMillion, (n, v) => n with { DuplicatesPerMillion = v })
        .Flag("reorders", n => n.Reorders, (n, v) => n with { Reorders = v })
        .Flag("encodes", n => n.Encodes, (n, v) => n with { Encodes = v });

    public static Phrase<DiskWeather> Disk { get; } = new Phrase<DiskWeather>(complete: false)
        .Then("sync", TextForms.Duration, d => d.SyncLatency, (d, v) => d with { SyncLatency = v })
        .Then("jitter", TextForms.Duration, d => d.SyncJitter, (d, v) => d with { SyncJitter = v })
        .Then("snapshots", TextForms.Duration, d => d.SnapshotLatency, (d, v) => d with { SnapshotLatency = v });

    public static Phrase<ClientPlan> Clients { get; } = new Phrase<ClientPlan>(complete: false)
        .First("number of clients", TextForms.Count, c => c.Count, (c, v) => c with { Count = v })
        .Then("think", TextForms.Duration, c => c.ThinkTime, (c, v) => c with { ThinkTime = v })
        .Then("attempt", TextForms.Duration, c => c.AttemptTimeout, (c, v) => c with { AttemptTimeout = v })
        .Then("deadline", TextForms.Duration, c => c.OperationDeadline, (c, v) => c with { OperationDeadline = v })
        .Then("reads", TextForms.Percent, c => c.ReadsPercent, (c, v) => c with { ReadsPercent = v })
        .Then("lease-reads", TextForms.Percent, c => c.LeaseReadsPercent, (c, v) => c with { LeaseReadsPercent = v })
        .Then("follower-reads", TextForms.Percent, c => c.FollowerReadsPercent, (c, v) => c with { FollowerReadsPercent = v })
        .Then("misdirected", TextForms.Percent, c => c.MisdirectedPercent, (c, v) => c with { MisdirectedPercent = v })
        .Then("operations", TextForms.Count, c => c.MostOperations, (c, v) => c with { MostOperations = v })
        .Then("watchers", TextForms.Count, c => c.Watchers, (c, v) => c with { Watchers = v });

    public static Phrase<ClockPlan> Clock { get; } = new Phrase<ClockPlan>(complete: false)
        .Then("start", TextForms.Duration, c => c.Start, (c, v) => c with { Start = v })
        .Then("rate", TextForms.ClockRate, c => c.PartsPerMillion, (c, v) => c with { PartsPerMillion = v })
        .Then("wall", TextForms.Offset, c => c.WallOffset, (c, v) => c with { WallOffset = v });

    /// <summary>What belongs to the plan as a whole.</summary>
    public static Phrase<SimulationPlan> Run { get; } = new Phrase<SimulationPlan>(complete: false)
        .Then("faults", TextForms.Duration, p => p.FaultPhase, (p, v) => p with { FaultPhase = v })
        .Then("liveness", TextForms.Duration, p => p.LivenessLimit, (p, v) => p with { LivenessLimit = v })
        .Then("calm", TextForms.Duration, p => p.CalmPhase, (p, v) => p with { CalmPhase = v })
        .Then("intake-bytes", TextForms.Count, p => p.MaximumIntakeBatchBytes, (p, v) => p with { MaximumIntakeBatchBytes = v });
}
