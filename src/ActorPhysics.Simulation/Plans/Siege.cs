using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Plans;

/// <summary>
/// Blows at whoever leads that follow each other, as trouble does: first some of the others lose it, then something happens to one of them or to the
/// leader itself, and then it is alone. Clients are not cut off, so those who are with the old leader stay with it. Each blow by itself is an
/// ordinary fault; what a lease, a promise or a vote is worth shows between two of them. Sometimes its clock and theirs have drifted apart before.
/// </summary>
internal sealed class Siege(SeededRandom random, GroupShape group, LineOptions options)
{
    private static readonly TimeSpan Close = TimeSpan.FromMilliseconds(8);
    private readonly List<Fault> _blows = [];

    /// <param name="last">The mending comes soon: who dies now stays dead until then.</param>
    public static IReadOnlyList<Fault> Draw(SeededRandom random, GroupShape group, LineOptions options, TimeSpan at, bool last)
    {
        var siege = new Siege(random, group, options);
        siege.Draw(at, last);
        return siege._blows;
    }

    private TimeSpan Election => options.ElectionTimeoutMaximum;

    private void Draw(TimeSpan at, bool last)
    {
        TimeSpan isolated = random.Exponential(Election * 2);
        int lost = 0;
        int turn = random.Below(9);
        bool restarts = turn is 3 or 4 or 7;
        if (random.OneIn(4))
        {
            DrawClocks(at);
        }

        if (!random.OneIn(3))
        {
            // A bridge: who has lost the leader and who has not still hear each other.
            // Who is restarted forgets a promise; it matters if one of those who lost the leader stands just then.
            TimeSpan head = restarts
                ? random.Between(options.LeaseDuration / 2, Election)
                : random.Exponential(random.OneIn(2) ? options.LeaseDuration : Election);
            lost = 1 + random.Below(AllNodes);
            _blows.Add(new Partition(at, 0, lost, BothWays: !random.OneIn(4), head + isolated, Noticed: random.OneIn(2)));
            at += head;
        }

        bool handsOver = DrawTurn(turn, at, lost, last);
        at += random.Exponential(handsOver ? Close / 3 : Close);
        // A leader that has just handed over may not hear that it did.
        bool deaf = handsOver ? !random.OneIn(3) : random.OneIn(4);
        _blows.Add(deaf
            ? new Partition(at, AllNodes, 0, BothWays: false, isolated)
            : new Partition(at, 0, AllNodes, BothWays: !random.OneIn(4), isolated, Noticed: random.OneIn(2)));
    }

    /// <summary>The leader's clock is as slow as may be, and all others are as fast: then its lease seems to hold longest, and their promises end soonest.</summary>
    private void DrawClocks(TimeSpan at)
    {
        int most = (int)options.ClockDrift.PartsPerMillion;
        TimeSpan before = TimeSpan.FromTicks(Math.Max(0, (at - options.LeaseDuration).Ticks));
        for (int node = 0; node < group.Nodes; node++)
        {
            _blows.Add(new Drift(before, node, most));
        }

        _blows.Add(new Drift(before, Fault.Leader, -most));
    }

    /// <summary>What happens while the leader is about to be cut off.</summary>
    /// <returns>Whether it is told to hand over.</returns>
    private bool DrawTurn(int turn, TimeSpan at, int lost, bool last)
    {
        switch (turn)
        {
            case 0 or 1:
                _blows.Add(new Transfer(at, AnyNode()));
                break;
            case 2:
                _blows.Add(new Pause(at, Fault.Leader, random.Exponential(options.LeaseDuration), MidTurn: random.OneIn(2)));
                break;
            case 3 or 4 or 7:
                // One that still heard the leader is back before the leader's next sign of life.
                int[] others = [.. Enumerable.Range(0, group.AllNodes).Where(other => (lost & (1 << other)) == 0)];
                _blows.Add(new Crash(at + random.Exponential(Close), others.Length == 0 ? AnyNode() : random.Pick(others), Quickly()));
                break;
            case 5:
                _blows.Add(new DamagedJournal(at, AnyNode(), random.OneIn(3), Quickly()));
                break;
            case 6:
                int node = AnyNode();
                _blows.Add(new DamagedSnapshot(at, node));
                _blows.Add(new Crash(at + random.Exponential(Election), node, random.Exponential(Election)));
                break;
            default:
                break;
        }

        if (random.OneIn(last ? 2 : 4))
        {
            _blows.Add(new CandidateCrash(at, random.Exponential(Close / 2), random.Exponential(Election) * (last ? 8 : 1), options.LeaseDuration + (Election * 2)));
        }

        return turn < 2;
    }

    private TimeSpan Quickly() => random.Exponential(options.HeartbeatInterval / 3);

    private int AllNodes => (1 << group.AllNodes) - 1;

    private int AnyNode() => random.Below(group.AllNodes);
}
