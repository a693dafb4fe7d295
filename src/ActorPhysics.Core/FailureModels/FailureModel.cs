using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.FailureModels;

/// <summary>What a replica promises when it acknowledges an entry (seed §4.1, commit rule).</summary>
public enum AcknowledgementMeaning
{
    /// <summary>The entry is in its log, perhaps only in memory.</summary>
    Appended,

    /// <summary>The entry survives a crash of its process and a power cut of its machine.</summary>
    Durable,
}

/// <summary>
/// What can go wrong with a replica (seed §5.3). It is a setting of a group; everything else about safety is stated relative to it.
/// The hierarchy is closed: <see cref="CrashStop"/>, <see cref="CrashRecovery"/>, <see cref="Byzantine"/>.
/// </summary>
public abstract record FailureModel
{
    private protected FailureModel()
    {
    }

    /// <summary>What an acknowledgement must mean to count toward a commit.</summary>
    public abstract AcknowledgementMeaning Acknowledgement { get; }

    /// <summary>How many replicas may behave arbitrarily at the same time; 0 in the crash models.</summary>
    public virtual int ByzantineFaults => 0;

    /// <summary>
    /// Whether a replica may speak in this run of its process. In crash-stop a restarted replica has forgotten what it acknowledged,
    /// so its old identity is refused; it comes back only as a new member.
    /// </summary>
    public abstract bool Admits(ReplicaRun run);
}

/// <summary>Replicas halt and never return under the same identity; memory is enough, and a total outage loses everything.</summary>
public sealed record CrashStop : FailureModel
{
    private static readonly ReplicaRun FirstRun = default(ReplicaRun).Next;

    public static CrashStop Instance { get; } = new();
    public override AcknowledgementMeaning Acknowledgement => AcknowledgementMeaning.Appended;
    public override bool Admits(ReplicaRun run) => run.CompareTo(FirstRun) <= 0;
    public override string ToString() => "crash-stop";
}

/// <summary>Replicas halt and may return with their disk intact; only what is durable counts.</summary>
public sealed record CrashRecovery : FailureModel
{
    public static CrashRecovery Instance { get; } = new();
    public override AcknowledgementMeaning Acknowledgement => AcknowledgementMeaning.Durable;
    public override bool Admits(ReplicaRun run) => true;
    public override string ToString() => "crash-recovery";
}

/// <summary>Up to <see cref="FailureModel.ByzantineFaults"/> replicas behave arbitrarily. The line protocol refuses this model.</summary>
public sealed record Byzantine : FailureModel
{
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="faults"/> is not positive.</exception>
    public Byzantine(int faults)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(faults);
        Faults = faults;
    }

    public int Faults { get; }
    public override AcknowledgementMeaning Acknowledgement => AcknowledgementMeaning.Durable;
    public override int ByzantineFaults => Faults;
    public override bool Admits(ReplicaRun run) => true;
    public override string ToString() => $"byzantine({Faults})";
}
