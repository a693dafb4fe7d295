using System.Collections.Immutable;
using System.Text;
using ActorPhysics.Core.Space;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>Divides and joins states that are maps from keys in ordinal order, for implementations of <see cref="IPartitioned{TCommand,TQuery}"/>.</summary>
public static class KeyedState
{
    /// <summary>Takes the entries of the range out of <paramref name="state"/> and returns them. Takes time in the number of all entries.</summary>
    public static ImmutableSortedDictionary<string, T> TakeOut<T>(ref ImmutableSortedDictionary<string, T> state, KeyRange range, ShardingKind kind)
    {
        ArgumentNullException.ThrowIfNull(state);
        var part = ImmutableSortedDictionary.CreateBuilder<string, T>(StringComparer.Ordinal);
        foreach ((string key, T value) in state)
        {
            if (range.Contains(kind, Encoding.UTF8.GetBytes(key)))
            {
                part.Add(key, value);
            }
        }

        state = state.RemoveRange(part.Keys);
        return part.ToImmutable();
    }

    /// <summary>The state with the entries of a part added.</summary>
    /// <exception cref="InvalidDataException">A key of the part is in the state already.</exception>
    public static ImmutableSortedDictionary<string, T> Join<T>(ImmutableSortedDictionary<string, T> state, ImmutableSortedDictionary<string, T> part)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(part);
        ImmutableSortedDictionary<string, T> joined = state.SetItems(part);
        return joined.Count == state.Count + part.Count
            ? joined
            : throw new InvalidDataException($"{state.Count + part.Count - joined.Count} keys of the part are in the state already.");
    }

    /// <summary>The key in the middle of those in the range; null when there are fewer than two.</summary>
    public static SpaceKey? MiddleKey<T>(ImmutableSortedDictionary<string, T> state, KeyRange range)
    {
        ArgumentNullException.ThrowIfNull(state);

        // In the order of the space, which is that of the bytes and not that of UTF-16.
        SpaceKey[] within = [.. state.Keys.Select(SpaceKey.OfText).Where(key => range.Contains(KeyPoint.At(key))).Order()];
        return within.Length < 2 ? null : within[within.Length / 2];
    }
}
