using System.Collections.Immutable;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>What one process did.</summary>
/// <param name="Calls">Those that must take effect, in their order.</param>
/// <param name="Optional">Those that may, each once so many of <paramref name="Calls"/> have.</param>
internal sealed record ProcessProgram(ImmutableArray<int> Calls, ImmutableArray<(int Call, int After)> Optional)
{
    public static ProcessProgram Empty { get; } = new([], []);

    public ProcessProgram With(int call, bool isOptional) =>
        isOptional ? this with { Optional = Optional.Add((call, Calls.Length)) } : this with { Calls = Calls.Add(call) };

    /// <summary>The same without the duty to do a call, and without the possibility unless it <paramref name="isOptional"/>.</summary>
    public ProcessProgram Without(int call, bool isOptional)
    {
        int place = Calls.IndexOf(call);
        if (place < 0)
        {
            return this;
        }

        ImmutableArray<(int, int)> optional = [.. Optional.Select(entry => entry.After > place ? (entry.Call, entry.After - 1) : entry)];
        return new ProcessProgram(Calls.RemoveAt(place), isOptional ? optional.Add((call, place)) : optional);
    }
}
