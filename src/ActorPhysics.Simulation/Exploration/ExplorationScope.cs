namespace ActorPhysics.Simulation.Exploration;

/// <summary>
/// How far a search goes. Within the scope it leaves nothing out; about what lies beyond, it says nothing. What is abstracted in every scope is
/// told in docs/design/exploration.md.
/// </summary>
public sealed record ExplorationScope
{
    /// <summary>The most replicas that can be told apart; the renamings of more are too many.</summary>
    public const int MaximumReplicas = 5;

    private const int MaximumCount = 30;

    // Of whom no more than MaximumReplicas have equal standing, when a change tells them apart.
    private const int MaximumPlaces = 6;

    /// <summary>Voters of one majority group.</summary>
    public int Replicas { get; init; } = 3;

    /// <summary>The highest leader epoch that anybody opens.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>Client commands that any leader may be asked for, besides the barrier that opens each epoch.</summary>
    public int Commands { get; init; } = 2;

    /// <summary>
    /// How many of the voters a membership change replaces by newcomers; 0: there is no change. The last ones leave, those who come have the ids above
    /// all others.
    /// </summary>
    public int Replaced { get; init; }

    /// <summary>How often any leader may be asked for that change. It begins once at most on every branch of the log.</summary>
    public int Changes { get; init; } = 1;

    /// <summary>How often a process dies and starts again, with what its disk kept.</summary>
    public int Crashes { get; init; } = 1;

    /// <summary>What the network may do.</summary>
    public NetworkModel Network { get; init; } = NetworkModel.Unreliable;

    /// <summary>
    /// Whether writes may stay off the disk while their replica goes on. Without that a write is durable before the replica's next input, unless
    /// the process dies first.
    /// </summary>
    public bool DiskLag { get; init; }

    /// <summary>Whether a refusal is heard: of a vote, or of a word from a former epoch. Without that such answers are lost.</summary>
    public bool Refusals { get; init; }

    /// <summary>How many messages arrive once more.</summary>
    public int Duplicates { get; init; } = 1;

    /// <summary>How many messages may be under way at once. A message that never arrives takes its place for good.</summary>
    public int InFlight { get; init; } = 4;

    /// <summary>How many messages may be lost without taking a place.</summary>
    public int Drops { get; init; }

    /// <summary>How often a leader's heartbeat timer fires. With none, the heartbeats of a new leader are lost too.</summary>
    public int Heartbeats { get; init; }

    /// <summary>How many entries one append carries at most.</summary>
    public int BatchEntries { get; init; } = 256;

    /// <summary>Visit one of all the states that differ only in the names of replicas.</summary>
    public bool Symmetry { get; init; } = true;

    /// <summary>
    /// Whether names are nothing but names. In a change they are more: a leader that leaves hands over to the first of those that are equally far, and so states
    /// that differ in names go on differently.
    /// </summary>
    internal bool IsSymmetric => Symmetry && Replaced == 0;

    /// <summary>Leave out what cannot make a difference any more: see the reductions in docs/design/exploration.md. Tests compare with and without.</summary>
    public bool Reductions { get; init; } = true;

    /// <summary>
    /// The smallest scope in which counting copies of an entry of an earlier epoch would call committed what can still be replaced (Raft
    /// §5.4.2, Figure 8). Barriers are its entries; one entry an append lets a copy of the old one arrive without the new one.
    /// </summary>
    public static ExplorationScope FigureEight { get; } = new() { Epochs = 4, Commands = 0, Crashes = 0, BatchEntries = 1 };

    /// <summary>
    /// One joint change of three voters to three, of whom one is new, with a crash: the smallest in which a majority of the old ones and one of the new
    /// ones can both decide when nobody asks both. A leader sends three messages when the change begins; a fourth lets something else be under way.
    /// </summary>
    public static ExplorationScope JointChange { get; } = new()
    {
        Epochs = 2,
        Commands = 0,
        Crashes = 1,
        Replaced = 1,
        Network = NetworkModel.Bounded,
        InFlight = 4,
        Duplicates = 0,
    };

    /// <summary>All replicas: those that found the group and those that come.</summary>
    internal int Places => Replicas + Replaced;

    /// <returns>What is wrong with the scope, or null.</returns>
    public string? Validate() => this switch
    {
        { Replicas: < 1 or > MaximumReplicas } => $"1 to {MaximumReplicas} replicas can be explored",
        _ when Replaced < 0 || Replaced > Replicas || Places > MaximumPlaces => $"a change replaces some or all of the voters, and at most {MaximumPlaces} replicas have a part in it",
        { Epochs: < 1 or > 15 } => "1 to 15 epochs can be explored",
        { InFlight: < 1 or > 15 } => "1 to 15 messages may be in flight",
        { Commands: < 0 or > MaximumCount } or { Crashes: < 0 or > MaximumCount } or { Duplicates: < 0 or > MaximumCount } or { Drops: < 0 or > MaximumCount } or { Heartbeats: < 0 or > MaximumCount } or { Changes: < 0 or > MaximumCount }
            => $"commands, changes, crashes, duplicates, drops and heartbeats lie between 0 and {MaximumCount}",
        { DiskLag: true, Network: NetworkModel.Unreliable } => "disks may lag only in a bounded network: repeated messages would queue before them without end",
        { BatchEntries: < 1 } => "an append carries at least one entry",
        _ => null,
    };

    public override string ToString()
    {
        string network = Network == NetworkModel.Unreliable
            ? "any message any number of times"
            : $"{InFlight} in flight, {Duplicates} duplicates, {Drops} drops";
        string extras = (Refusals ? ", refusals heard" : "") + (DiskLag ? ", disks lag" : "") + (BatchEntries == 1 ? ", one entry an append" : "");
        string change = Replaced == 0 ? "" : $" of whom a change replaces {Replaced} (asked for {Changes} times at most),";
        return $"{Replicas} replicas,{change} {Epochs} epochs, {Commands} commands, {Crashes} crashes, {Heartbeats} heartbeats, {network}{extras}";
    }
}

/// <summary>What a network may do to messages.</summary>
public enum NetworkModel
{
    /// <summary>Whatever was ever sent may arrive at any later time, any number of times, in any order, or never.</summary>
    Unreliable,

    /// <summary>So many messages are under way at most, and so many are repeated and lost at most; the order is free.</summary>
    Bounded,
}
