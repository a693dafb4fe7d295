using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>Which subtypes of the closed hierarchies a run met, and which of them had a consequence.</summary>
internal sealed class Seen
{
    public HashSet<Type> Inputs { get; } = [];
    public HashSet<Type> Effects { get; } = [];
    public HashSet<Type> Records { get; } = [];

    /// <summary>Messages whose arrival made the receiver do something.</summary>
    public HashSet<Type> ConsequentialMessages { get; } = [];

    /// <param name="fellSilent">With this input the replica began to take part in its group's silence, which asks nothing of the world.</param>
    public void Note(LineInput input, IReadOnlyList<LineEffect> effects, bool fellSilent)
    {
        Inputs.Add(input.GetType());
        foreach (LineEffect effect in effects)
        {
            Effects.Add(effect.GetType());
            foreach (HistoryEvent record in (effect as Persist)?.Records ?? [])
            {
                Records.Add(record.GetType());
            }
        }

        if (input is MessageArrived arrived && (effects.Count > 0 || fellSilent))
        {
            ConsequentialMessages.Add(arrived.Message.GetType());
        }
    }

    public void Add(Seen other)
    {
        Inputs.UnionWith(other.Inputs);
        Effects.UnionWith(other.Effects);
        Records.UnionWith(other.Records);
        ConsequentialMessages.UnionWith(other.ConsequentialMessages);
    }
}
