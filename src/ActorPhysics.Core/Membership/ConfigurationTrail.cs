using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Membership;

/// <summary>A configuration and the entry from which on it is in force; index 0 for the one the group was founded with.</summary>
public readonly record struct PlacedConfiguration(LogIndex From, GroupConfiguration Configuration);

/// <summary>
/// The configurations of one log, each from its entry on: the configuration at an index is a function of the log at and below it. The newest one
/// is in force as soon as it is in the log, committed or not (Raft, section 6); pruning its entry takes it back. Immutable.
/// </summary>
public sealed class ConfigurationTrail
{
    private readonly ImmutableArray<PlacedConfiguration> _placed;

    private ConfigurationTrail(ImmutableArray<PlacedConfiguration> placed) => _placed = placed;

    /// <summary>The trail of an empty log, or of one that begins where this configuration is known to be in force.</summary>
    public static ConfigurationTrail Of(GroupConfiguration founding, LogIndex from = default)
    {
        ArgumentNullException.ThrowIfNull(founding);
        return new ConfigurationTrail([new PlacedConfiguration(from, founding)]);
    }

    /// <summary>What the replica votes and counts with.</summary>
    public GroupConfiguration Newest => _placed[^1].Configuration;

    /// <summary>
    /// The configuration that the newest one replaces, which is on the trunk: none is proposed over a wet one. The newest itself when the log knows no
    /// other.
    /// </summary>
    public GroupConfiguration BeforeNewest => _placed[Math.Max(0, _placed.Length - 2)].Configuration;

    /// <summary>Where the newest configuration stands in the log.</summary>
    public LogIndex NewestFrom => _placed[^1].From;

    /// <summary>All configurations that the log still knows, oldest first.</summary>
    public ImmutableArray<PlacedConfiguration> Placed => _placed;

    /// <summary>The configuration in force at an index; the oldest known one when the index lies before it.</summary>
    public GroupConfiguration InForceAt(LogIndex index)
    {
        for (int i = _placed.Length - 1; i > 0; i--)
        {
            if (_placed[i].From <= index)
            {
                return _placed[i].Configuration;
            }
        }

        return _placed[0].Configuration;
    }

    /// <summary>The ConfigEpoch of the entry at an index: that of the configuration below it, so that a configuration's own entry bears the former one.</summary>
    public ConfigEpoch EpochOfEntryAt(LogIndex index) => InForceAt(index == LogIndex.Zero ? index : index.Previous).Epoch;

    /// <summary>
    /// The configuration of an epoch, if it stands at or below <paramref name="through"/>. Two branches may give one ConfigEpoch to different
    /// configurations, so nothing above what is known to match may be asked.
    /// </summary>
    public GroupConfiguration? Find(ConfigEpoch epoch, LogIndex through)
    {
        for (int i = _placed.Length - 1; i >= 0; i--)
        {
            if (_placed[i].Configuration.Epoch == epoch)
            {
                return i == 0 || _placed[i].From <= through ? _placed[i].Configuration : null;
            }
        }

        return null;
    }

    /// <summary>Whether the replica belongs to any configuration that the log still knows.</summary>
    public bool Knows(ReplicaId replica)
    {
        foreach (PlacedConfiguration placed in _placed)
        {
            if (placed.Configuration.Find(replica) is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A configuration entry was appended.</summary>
    /// <exception cref="InvariantViolationException">It does not follow the newest one.</exception>
    public ConfigurationTrail With(LogIndex from, GroupConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        Invariant.Require(from > NewestFrom && configuration.Epoch == Newest.Epoch.Next, InvariantNames.MembershipSafety,
            $"configuration {configuration.Epoch} at {from} does not follow {Newest.Epoch} at {NewestFrom}");
        return new ConfigurationTrail(_placed.Add(new PlacedConfiguration(from, configuration)));
    }

    /// <summary>What is left when everything above an index is pruned.</summary>
    public ConfigurationTrail PrunedAfter(LogIndex newEnd)
    {
        int kept = _placed.Length;
        while (kept > 1 && _placed[kept - 1].From > newEnd)
        {
            kept--;
        }

        return kept == _placed.Length ? this : new ConfigurationTrail(_placed[..kept]);
    }

    /// <summary>What is left when the log is trimmed: the configuration in force there stays known, the older ones go.</summary>
    public ConfigurationTrail TrimmedThrough(LogIndex through)
    {
        int first = _placed.Length - 1;
        while (first > 0 && _placed[first].From > through)
        {
            first--;
        }

        return first == 0 ? this : new ConfigurationTrail(_placed[first..]);
    }

    /// <summary>A snapshot says which configuration is in force at its position: it replaces what was known at and below.</summary>
    public ConfigurationTrail Rebased(LogIndex at, GroupConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new ConfigurationTrail([new PlacedConfiguration(at, configuration), .. _placed.Where(placed => placed.From > at)]);
    }

    public override string ToString() => string.Join(", ", _placed.Select(placed => $"{placed.Configuration.Epoch} from {placed.From}"));
}
