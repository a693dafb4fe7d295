using ActorPhysics.Client.Control;
using ActorPhysics.Client.Requests;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Spaces;

/// <summary>
/// Reads a space's map from the config group for all who wait for it: at first from any replica, then strongly, when that one knows too little. It goes
/// on with growing, jittered pauses for as long as somebody waits.
/// </summary>
internal sealed class ShardMapReading(ClientCore core, SpaceRoute space)
{
    private bool _wasStrong;
    private bool _isAnswered;

    /// <summary>Runs until nobody waits any more, or the client closes. Those who wait are told.</summary>
    public async Task RunAsync()
    {
        // The caller holds the gate.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            for (int round = 0; !await TryRoundAsync().ConfigureAwait(false);)
            {
                if (MayEscalate())
                {
                    continue;
                }

                TimeSpan pause;
                lock (core.Gate)
                {
                    pause = core.Backoff.Pause(round++);
                }

                await Task.Delay(pause, core.Options.Clock, core.Closing).ConfigureAwait(false);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException && core.Closing.IsCancellationRequested)
        {
            // The client closes and has ended every request that waited; wishes are tasks of their own.
            End(new ObjectDisposedException(nameof(ActorPhysicsClient)));
        }
    }

    /// <summary>Whether a replica has answered that knew too little, and the group itself was not asked yet.</summary>
    private bool MayEscalate() => _isAnswered && !_wasStrong;

    private async Task<bool> TryRoundAsync()
    {
        bool isStrong;
        MapWish[] wishes;
        lock (core.Gate)
        {
            isStrong = space.NeedsStrongRead || space.Wishes.Count > 0;
            wishes = [.. space.Wishes];
        }

        MapReading reading = await ReadAsync(isStrong).ConfigureAwait(false);
        (_wasStrong, _isAnswered) = (isStrong, reading.Kind != MapReadingKind.Failed);
        var completed = new List<PendingRequest>();
        bool isOver;
        lock (core.Gate)
        {
            isOver = Conclude(reading, isStrong, wishes, completed);
        }

        ClientCore.Complete(completed);
        return isOver;
    }

    private async Task<MapReading> ReadAsync(bool isStrong)
    {
        ShardMap? known;
        lock (core.Gate)
        {
            known = space.Cache.Map;
        }

        try
        {
            SpaceAnswer answer = await AskAsync(known?.Version ?? default, isStrong).ConfigureAwait(false);
            if (answer.Map is null && answer.Summary is { } other && known is not null && other.Space != known.Space)
            {
                // A space of the same name and a version that only looks the same.
                answer = await AskAsync(default, isStrong).ConfigureAwait(false);
            }

            return answer switch
            {
                { Summary: null or { Stage: SpaceStage.Deleting } } => new MapReading(MapReadingKind.NoSuchSpace, null, string.Empty),
                { Map: { } map } => new MapReading(MapReadingKind.Read, map, string.Empty),
                _ when known is null => new MapReading(MapReadingKind.Failed, null, "The config group sent no map."),
                _ => new MapReading(MapReadingKind.Read, known, string.Empty),
            };
        }
        catch (RequestException trouble)
        {
            return new MapReading(MapReadingKind.Failed, null, trouble.Message);
        }
    }

    private async Task<SpaceAnswer> AskAsync(ShardMapVersion known, bool isStrong)
    {
        ConfigAnswer answer = await ConfigGroupAccess.AskAsync(
            core, new AskSpace(space.Name, known), isStrong ? ReadLevel.Strong : ReadLevel.Follower, core.Options.RequestTimeout, core.Closing).ConfigureAwait(false);
        return answer as SpaceAnswer ?? throw new ReplyUnreadableException("it is no answer about a space.", default);
    }

    private bool Conclude(in MapReading reading, bool isStrong, MapWish[] wishes, List<PendingRequest> completed)
    {
        space.LastTrouble = reading.Trouble;
        if (reading.Kind == MapReadingKind.NoSuchSpace && isStrong)
        {
            EndForLackOfSpace(completed);
        }
        else if (reading.Map is { } map)
        {
            ShardMap? before = space.Cache.Map;
            bool isNews = space.Cache.TryTake(map);
            if (isStrong || isNews)
            {
                core.Spaces.Renewed(space, isNews);
            }

            if (isNews && before is not null)
            {
                RetireAllBut(map, before);
            }

            space.NeedsStrongRead = !isStrong && (space.Cache.IsBehind || space.IsAwaited);

            if (isStrong)
            {
                Grant(wishes);
            }
        }
        else
        {
            space.NeedsStrongRead |= reading.Kind == MapReadingKind.NoSuchSpace;
        }

        bool isOver = !space.IsAwaited || core.Closing.IsCancellationRequested;
        space.IsReading = !isOver;
        if (isOver && space.Cache is { IsBehind: true, Map: not null })
        {
            core.Spaces.RenewLater(space);
        }

        return isOver;
    }

    private void RetireAllBut(ShardMap map, ShardMap before)
    {
        var present = map.Shards.Select(shard => shard.Group).ToHashSet();
        foreach (Shard shard in before.Shards.Where(shard => !present.Contains(shard.Group)))
        {
            core.Retire(shard.Group);
        }
    }

    private void Grant(MapWish[] wishes)
    {
        foreach (MapWish wish in wishes)
        {
            space.Wishes.Remove(wish);
            wish.Source.TrySetResult(space.Cache.Map!);
        }
    }

    private void EndForLackOfSpace(List<PendingRequest> completed)
    {
        var refusal = new RequestRefusedException(ResponseOutcome.BadRequest, $"There is no space named '{space.Name}'.");
        while (space.Waiting.First is { } request)
        {
            core.GiveUp(request, UnknownCause.LaterRefusal, refusal);
            completed.Add(request);
        }

        space.Cache.Forget();
        space.NeedsStrongRead = false;
        foreach (MapWish wish in space.Wishes)
        {
            wish.Source.TrySetException(refusal);
        }

        space.Wishes.Clear();
    }

    private void End(Exception reason)
    {
        lock (core.Gate)
        {
            foreach (MapWish wish in space.Wishes)
            {
                wish.Source.TrySetException(reason);
            }

            space.Wishes.Clear();
        }
    }
}

/// <summary>How a reading of a space's map ended.</summary>
internal enum MapReadingKind
{
    /// <summary>The config group did not answer.</summary>
    Failed,
    Read,
    NoSuchSpace,
}

/// <summary>What one reading of a space's map brought.</summary>
/// <param name="Map">The map, be it the one that was known already; null when it was not read.</param>
/// <param name="Trouble">Why it was not; empty when it was.</param>
internal readonly record struct MapReading(MapReadingKind Kind, ShardMap? Map, string Trouble);
