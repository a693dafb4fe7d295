using ActorPhysics.Core.Space;

namespace ActorPhysics.Client.Spaces;

/// <summary>Somebody wants a map that is read from now on. Its task ends in the map, or in why there is none.</summary>
internal sealed class MapWish
{
    public TaskCompletionSource<ShardMap> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
