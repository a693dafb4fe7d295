using System.Globalization;
using ActorPhysics.Core;

namespace ActorPhysics.Protocol.Tests.Stress;

public sealed class StressTests
{
    /// <summary>Fifty seeds, or those that <c>STRESS_SEEDS=first-last</c> names: a night's worth, or one that failed elsewhere.</summary>
    public static TheoryData<ulong> Seeds
    {
        get
        {
            string[] range = (Environment.GetEnvironmentVariable("STRESS_SEEDS") ?? "1-50").Split('-');
            int first = int.Parse(range[0], CultureInfo.InvariantCulture);
            int last = int.Parse(range[^1], CultureInfo.InvariantCulture);
            return [.. Enumerable.Range(first, last - first + 1).Select(seed => (ulong)seed)];
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    [Trait("Seed", "6.2")]
    public void A_group_stays_safe_in_a_hostile_world_and_lives_in_a_healed_one(ulong seed)
    {
        try
        {
            new StressRun(seed).Execute(steps: 3_000);
        }
        catch (InvariantViolationException violation)
        {
            Assert.Fail($"seed {seed}: {violation.Message}\n{Replay(seed)}\n{violation.StackTrace}");
        }
    }

    /// <summary>The same run once more, for its last steps in words.</summary>
    private static string Replay(ulong seed)
    {
        var last = new Queue<string>();
        try
        {
            new StressRun(seed, line =>
            {
                last.Enqueue(line);
                if (last.Count > 120)
                {
                    last.Dequeue();
                }
            }).Execute(steps: 3_000);
        }
        catch (InvariantViolationException)
        {
            // It is the one that is being explained.
        }

        return string.Join('\n', last);
    }
}
