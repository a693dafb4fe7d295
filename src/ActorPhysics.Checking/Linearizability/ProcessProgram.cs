using System.Collections.Immutable;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>What one process did.</summary>
/// <param name="Calls">Those that must take effect, in their order.</param>
/// <param name="Optional">Those that may, each once so many of <paramref name="Calls"/> have; in the order of these numbers.</param>
internal sealed record ProcessProgram(ImmutableArray<int> Calls, ImmutableArray<(int Call, int After)> Optional)
{
    /// <summary>The same without the duty to do some calls, and without the possibility unless they are optional then.</summary>
    public ProcessProgram Without(IReadOnlySet<int> spared, Func<int, bool> isOptional)
    {
        ImmutableArray<int>.Builder kept = ImmutableArray.CreateBuilder<int>(Calls.Length);
        ImmutableArray<(int, int)>.Builder optional = ImmutableArray.CreateBuilder<(int, int)>(Optional.Length);
        int next = 0;
        for (int place = 0; place <= Calls.Length; place++)
        {
            for (; next < Optional.Length && Optional[next].After == place; next++)
            {
                optional.Add((Optional[next].Call, kept.Count));
            }

            if (place == Calls.Length)
            {
                break;
            }

            if (!spared.Contains(Calls[place]))
            {
                kept.Add(Calls[place]);
            }
            else if (isOptional(Calls[place]))
            {
                optional.Add((Calls[place], kept.Count));
            }
        }

        return new ProcessProgram(kept.DrainToImmutable(), optional.DrainToImmutable());
    }

    /// <summary>Takes the calls of one process in their order.</summary>
    internal sealed class Builder
    {
        private readonly List<int> _calls = [];
        private readonly List<(int Call, int After)> _optional = [];

        public void Add(int call, bool isOptional)
        {
            if (isOptional)
            {
                _optional.Add((call, _calls.Count));
            }
            else
            {
                _calls.Add(call);
            }
        }

        public ProcessProgram Build() => new([.. _calls], [.. _optional]);
    }
}
