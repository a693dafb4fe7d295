using System.Collections.Immutable;
using ActorPhysics.Actors.StateMachines;

namespace ActorPhysics.Simulation.Tests.TestKit;

/// <summary>Adds to a named sum; answers with the new one.</summary>
public sealed record Add(string Name, int Amount);

/// <summary>Asks for a sum.</summary>
public sealed record SumOf(string Name);

/// <summary>What a user might write: named sums. The classes below are what users write by mistake.</summary>
internal class Tally : StateMachine<Add, long, SumOf, long>
{
    protected ImmutableSortedDictionary<string, long> Sums { get; set; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    public override long Apply(in ApplyContext context, Add command)
    {
        long sum = Sums.GetValueOrDefault(command.Name) + command.Amount;
        Sums = Sums.SetItem(command.Name, sum);
        return sum;
    }

    public override long Query(SumOf query) => Sums.GetValueOrDefault(query.Name);

    public override IStateCapture Capture() => StateCapture.Json(Sums);

    public override void Restore(Stream snapshot) =>
        Sums = StateCapture.ReadJson<ImmutableSortedDictionary<string, long>>(snapshot).WithComparers(StringComparer.Ordinal);
}

/// <summary>Reads the machine's clock.</summary>
internal sealed class TallyByTheClock : Tally
{
    public override long Apply(in ApplyContext context, Add command) => base.Apply(context, command) + DateTime.UtcNow.Ticks;
}

/// <summary>Comes back from a snapshot without its first sum.</summary>
internal sealed class ForgetfulTally : Tally
{
    public override void Restore(Stream snapshot)
    {
        base.Restore(snapshot);
        Sums = Sums.Count > 0 ? Sums.Remove(Sums.Keys.First()) : Sums;
    }
}

/// <summary>All replicas of a process share one sum.</summary>
internal sealed class SharedTally : Tally
{
    private static long _everything;

    public override long Apply(in ApplyContext context, Add command)
    {
        base.Apply(context, command);
        return Interlocked.Add(ref _everything, command.Amount);
    }
}

/// <summary>Adds twice, and does so everywhere.</summary>
internal sealed class DoubleTally : Tally
{
    public override long Apply(in ApplyContext context, Add command)
    {
        base.Apply(context, command);
        return base.Apply(context, command);
    }
}

/// <summary>Answers with a sum whose place in a dictionary's order depends on what was there before.</summary>
internal sealed class HashOrderedTally : Tally
{
    private Dictionary<string, long> _recent = new(StringComparer.Ordinal);

    public override long Apply(in ApplyContext context, Add command)
    {
        long sum = base.Apply(context, command);
        _recent.Remove(command.Name);
        _recent.Add(command.Name, sum);
        return _recent.First().Value;
    }

    public override void Restore(Stream snapshot)
    {
        base.Restore(snapshot);
        _recent = new Dictionary<string, long>(Sums, StringComparer.Ordinal);
    }
}

/// <summary>Takes an amount for an error of the program.</summary>
internal sealed class ThrowingTally : Tally
{
    public override long Apply(in ApplyContext context, Add command) =>
        command.Amount == 7 ? throw new ArgumentException("seven is not an amount", nameof(command)) : base.Apply(context, command);
}

/// <summary>Cannot read what it wrote, once there is something to read.</summary>
internal sealed class UnreadableTally : Tally
{
    public override void Restore(Stream snapshot)
    {
        base.Restore(snapshot);
        if (Sums.Count > 0)
        {
            throw new NotSupportedException("no sums, please");
        }
    }
}

/// <summary>Answers with where it stands, which it may.</summary>
internal sealed class WhereAmI : StateMachine<Add, string>
{
    private string _last = "";

    public override string Apply(in ApplyContext context, Add command)
    {
        string answer = $"{_last} then {context.Coordinate} {context.Ordinal} {context.Time}";
        _last = $"{context.Coordinate}";
        return answer;
    }

    public override IStateCapture Capture() => StateCapture.Json(_last);

    public override void Restore(Stream snapshot) => _last = StateCapture.ReadJson<string>(snapshot);
}
