using System.Globalization;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Tests.Harness;

namespace ActorPhysics.Protocol.Tests.Scenarios;

/// <summary>Reads the words of one line from left to right.</summary>
internal sealed class Words(ScenarioLine line)
{
    private int _next;

    public bool AtEnd => _next == line.Words.Count;
    public string Peek => AtEnd ? "" : line.Words[_next];

    public string Next(string what) => AtEnd ? throw new ScenarioException($"{what} is missing") : line.Words[_next++];

    public int Number(string what)
    {
        string word = Next(what);
        return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw new ScenarioException($"{word} is no {what}");
    }

    /// <summary>A replica's number, or <c>leader</c>.</summary>
    public SimulatedReplica Replica(Cluster cluster) =>
        Take("leader") ? cluster.Leader ?? throw new ScenarioException("nobody leads") : cluster[Number("replica")];

    /// <summary>Takes the word if it comes next.</summary>
    public bool Take(string word)
    {
        if (Peek != word)
        {
            return false;
        }

        _next++;
        return true;
    }

    public void Expect(string word)
    {
        if (!Take(word))
        {
            throw new ScenarioException($"expected '{word}' before '{Peek}'");
        }
    }

    public IReadOnlyList<string> Rest()
    {
        IReadOnlyList<string> rest = [.. line.Words.Skip(_next)];
        _next = line.Words.Count;
        return rest;
    }

    public void End()
    {
        if (!AtEnd)
        {
            throw new ScenarioException($"'{Peek}' is too much");
        }
    }

    /// <summary>A duration such as <c>300ms</c> or <c>2s</c>.</summary>
    public TimeSpan Time()
    {
        string word = Next("duration");
        string digits = word.TrimEnd('m', 's');
        double value = double.Parse(digits, CultureInfo.InvariantCulture);
        return word[digits.Length..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(value),
            "s" => TimeSpan.FromSeconds(value),
            _ => throw new ScenarioException($"{word} has no unit: ms or s"),
        };
    }

    /// <summary><c>(epoch,index)</c>.</summary>
    public static LogPosition Position(string word)
    {
        string[] parts = word.Trim('(', ')').Split(',');
        return parts.Length == 2 && ulong.TryParse(parts[0], out ulong epoch) && ulong.TryParse(parts[1], out ulong index)
            ? new LogPosition(new LeaderEpoch(epoch), new LogIndex(index))
            : throw new ScenarioException($"{word} is no position (epoch,index)");
    }

    /// <summary><c>{1 2}</c>.</summary>
    public static IReadOnlyList<ReplicaId> Set(string word) =>
        [.. word.Trim('{', '}').Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => new ReplicaId(ulong.Parse(id, CultureInfo.InvariantCulture)))];

    /// <summary><c>1->2</c>, <c>1-></c>, <c>->2</c> or <c>all</c>, then perhaps the name of a message type.</summary>
    public Predicate<LineMessage> Messages()
    {
        string route = Next("route such as 1->2");
        string type = AtEnd || char.IsLower(Peek[0]) ? "" : Next("message type");
        if (type.Length > 0 && typeof(LineMessage).Assembly.GetType($"{typeof(LineMessage).Namespace}.{type}") is null)
        {
            throw new ScenarioException($"there is no message {type}");
        }

        string[] ends = route == "all" ? ["", ""] : route.Split("->");
        if (ends.Length != 2)
        {
            throw new ScenarioException($"{route} is no route such as 1->2");
        }

        return message => Is(ends[0], message.Envelope.From) && Is(ends[1], message.Envelope.To) && (type.Length == 0 || message.GetType().Name == type);

        static bool Is(string end, ReplicaId replica) => end.Length == 0 || end == replica.Value.ToString(CultureInfo.InvariantCulture);
    }
}
