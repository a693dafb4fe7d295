using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>Every configuration that ever stood in some log. Two branches may give one ConfigEpoch to different ones.</summary>
internal sealed class ConfigurationBook(GroupConfiguration founding)
{
    private readonly SortedDictionary<LogPosition, GroupConfiguration> _placed = new() { [default] = founding };

    public void Note(IEnumerable<LineEffect> effects)
    {
        foreach (ConfigurationEntry entry in effects.OfType<Persist>().SelectMany(persist => persist.Records).OfType<EntriesAppended>()
            .SelectMany(record => record.Entries).OfType<ConfigurationEntry>())
        {
            _placed.TryAdd(entry.Position, entry.Configuration);
        }
    }

    /// <summary>All configurations of that epoch.</summary>
    public IEnumerable<GroupConfiguration> Of(ConfigEpoch epoch) => _placed.Values.Where(configuration => configuration.Epoch == epoch);

    /// <summary>Those on the trunk, oldest first.</summary>
    public IEnumerable<(LogPosition At, GroupConfiguration Configuration)> OnTrunk(Func<LogPosition, bool> isTrunk) =>
        _placed.Where(placed => isTrunk(placed.Key)).Select(placed => (placed.Key, placed.Value)).OrderBy(placed => placed.Key.Index);

    public GroupConfiguration Newest(Func<LogPosition, bool> isTrunk) => OnTrunk(isTrunk).Last().Configuration;

    /// <summary>
    /// The quorums that hold the trunk and elect: in a joint configuration the new half, because behind a final configuration that is still wet the
    /// new half commits alone.
    /// </summary>
    public QuorumSystem Deciding(Func<LogPosition, bool> isTrunk)
    {
        GroupConfiguration newest = Newest(isTrunk);
        return newest.Stage == MembershipStage.Joint ? QuorumSystem.Create(newest.Target!.Quorums) : newest.Quorums;
    }
}
