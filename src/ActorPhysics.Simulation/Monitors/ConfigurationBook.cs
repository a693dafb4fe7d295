using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line.Log;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// Every configuration that was ever put into a log, and those of them that are trunk. Two branches may give one ConfigEpoch to different
/// configurations.
/// </summary>
internal sealed class ConfigurationBook
{
    private readonly SortedDictionary<LogPosition, BookedConfiguration> _placed = [];
    private readonly List<BookedConfiguration> _trunk = [];

    public ConfigurationBook(GroupConfiguration founding)
    {
        var first = new BookedConfiguration(default, founding, former: null);
        _placed.Add(default, first);
        _trunk.Add(first);
    }

    /// <summary>The newest one that is known to be trunk.</summary>
    public BookedConfiguration NewestOnTrunk => _trunk[^1];

    /// <summary>Those on the trunk, oldest first.</summary>
    public IReadOnlyList<BookedConfiguration> OnTrunk => _trunk;

    /// <param name="log">The log of whoever put it there, with it.</param>
    /// <returns>The page of the entry, and whether nobody had it before.</returns>
    public (BookedConfiguration Booked, bool IsNew) Note(ConfigurationEntry entry, ShadowLog log)
    {
        if (_placed.TryGetValue(entry.Position, out BookedConfiguration? known))
        {
            return (known, false);
        }

        var booked = new BookedConfiguration(entry.Position, entry.Configuration, InForceBelow(log, entry.Position.Index));
        _placed.Add(entry.Position, booked);
        return (booked, true);
    }

    /// <summary>The trunk has grown by this entry.</summary>
    public void Extend(ConfigurationEntry entry) => _trunk.Add(_placed[entry.Position]);

    /// <summary>All configurations of that epoch, on whichever branch.</summary>
    public IEnumerable<BookedConfiguration> Of(ConfigEpoch epoch) => _placed.Values.Where(booked => booked.Configuration.Epoch == epoch);

    /// <summary>The one in force at an index of the trunk.</summary>
    public BookedConfiguration InForceAt(LogIndex index) => _trunk.FindLast(booked => booked.At.Index <= index) ?? _trunk[0];

    /// <summary>The one that whoever has this log must go by.</summary>
    public BookedConfiguration InForce(ShadowLog log) => log.Configurations is [.., var newest] ? _placed[newest.Position] : InForceAt(log.Base.Index);

    /// <summary>As above, without what stands at or above an index.</summary>
    public BookedConfiguration InForceBelow(ShadowLog log, LogIndex index)
    {
        ConfigurationEntry? newest = log.Configurations.LastOrDefault(entry => entry.Position.Index < index);
        return newest is not null ? _placed[newest.Position] : InForceAt(log.Base.Index);
    }

    /// <summary>As above, without what a leader of this epoch or a later one proposed.</summary>
    public BookedConfiguration InForceBefore(ShadowLog log, LeaderEpoch epoch)
    {
        ConfigurationEntry? newest = log.Configurations.LastOrDefault(entry => entry.Position.Epoch < epoch);
        return newest is not null ? _placed[newest.Position] : InForceAt(log.Base.Index);
    }

    /// <summary>
    /// Whether the replica may stand for election: by the newest configuration of its log, or, while that is wet as far as it knew when its turn began, by
    /// the one before it.
    /// </summary>
    public bool MayStand(Subject subject, BookedConfiguration newest)
    {
        LogIndex committed = subject.Before.Committed;
        return newest.Configuration.MayLead(subject.Id)
            || (newest.At.Index > committed && InForceBelow(subject.Memory, newest.At.Index).Configuration.MayLead(subject.Id));
    }

    /// <summary>The configurations that some log may have had, as far as one that this epoch's configuration ends: the trunk's first.</summary>
    public IEnumerable<ConfigurationTrail> TrailsTo(ConfigEpoch epoch) => Of(epoch).OrderByDescending(_trunk.Contains).Select(booked => booked.Trail).OfType<ConfigurationTrail>();
}

/// <summary>A configuration, where it stands, and who decides by it.</summary>
internal sealed class BookedConfiguration(LogPosition at, GroupConfiguration configuration, BookedConfiguration? former)
{
    private ConfigurationTrail? _trail;
    private QuorumArithmetic? _arithmetic;
    private (QuorumSystem Quorums, QuorumArithmetic Arithmetic)? _deciding;

    /// <summary>Its entry; <c>default</c> for the one that the group was founded with.</summary>
    public LogPosition At { get; } = at;
    public GroupConfiguration Configuration { get; } = configuration;

    /// <summary>It and those below it; null when they do not follow each other.</summary>
    public ConfigurationTrail? Trail => _trail ??= former is null ? ConfigurationTrail.Of(Configuration)
        : former.Trail is { } below && below.NewestFrom < At.Index && below.Newest.Epoch.Next == Configuration.Epoch ? below.With(At.Index, Configuration)
        : null;
    public QuorumSystem Quorums => Configuration.Quorums;
    public QuorumArithmetic Arithmetic => _arithmetic ??= new QuorumArithmetic(Quorums);

    /// <summary>
    /// Who holds what is committed when this is the newest configuration on the trunk.
    /// </summary>
    public (QuorumSystem Quorums, QuorumArithmetic Arithmetic) Deciding => _deciding ??= Decide();

    private (QuorumSystem Quorums, QuorumArithmetic Arithmetic) Decide()
    {
        QuorumSystem deciding = DecidingQuorums.Of(Configuration);
        return (deciding, ReferenceEquals(deciding, Quorums) ? Arithmetic : new QuorumArithmetic(deciding));
    }

    public override string ToString() => $"{Configuration} at {At}";
}
