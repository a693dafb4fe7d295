namespace ActorPhysics.Simulation.Scenarios;

/// <summary>The words of one line, read from left to right. What stands in braces is one word.</summary>
internal sealed class Words
{
    private readonly List<string> _words = [];
    private int _next;

    public Words(int line, string text)
    {
        Line = line;
        int at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            int end = text[at] == '{' ? text.IndexOf('}', at) : at;
            if (end < 0)
            {
                throw new ScenarioFormatException(line, "a brace is opened and not closed");
            }

            while (end < text.Length && !char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            _words.Add(text[at..end]);
            at = end;
        }
    }

    public int Line { get; }
    public bool AtEnd => _next == _words.Count;

    /// <param name="meant">What should stand here, for the complaint.</param>
    public string Next(string meant) => AtEnd ? throw Complaint($"{meant} is missing at the end") : _words[_next++];

    /// <summary>A name; one of several words stands in braces.</summary>
    public string NextName(string meant) => Next(meant) is ['{', .. var name, '}'] ? name : _words[_next - 1];

    /// <summary>Takes the next word if it is this one.</summary>
    public bool TryTake(string word)
    {
        if (AtEnd || _words[_next] != word)
        {
            return false;
        }

        _next++;
        return true;
    }

    public void RequireEnd()
    {
        if (!AtEnd)
        {
            throw Complaint($"'{_words[_next]}' is not understood here");
        }
    }

    public ScenarioFormatException Complaint(string complaint) => new(Line, complaint);
}
