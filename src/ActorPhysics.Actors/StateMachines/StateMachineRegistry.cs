using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Actors.StateMachines.BuiltIn;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>The state machines that a configuration may name. Filled at start, then only read.</summary>
public sealed class StateMachineRegistry
{
    private readonly SortedDictionary<string, StateMachineDefinition> _byName = new(StringComparer.Ordinal);

    /// <summary>A registry with the built-in machines: <c>kv</c>, <c>register</c>, and that of the config group.</summary>
    public static StateMachineRegistry WithBuiltIns() => new StateMachineRegistry().Add(KvMachine.Definition).Add(RegisterMachine.Definition).Add(ControlPlane.ConfigMachine.Definition);

    /// <summary>In ordinal order.</summary>
    public IReadOnlyCollection<string> Names => _byName.Keys;

    /// <exception cref="ArgumentException">The name is taken.</exception>
    public StateMachineRegistry Add(StateMachineDefinition definition)
    {
        if (!_byName.TryAdd(definition.Name, definition))
        {
            throw new ArgumentException($"A state machine named '{definition.Name}' is registered already.", nameof(definition));
        }

        return this;
    }

    /// <summary>
    /// Registers a typed machine whose payloads are JSON, unless <paramref name="codecs"/> says otherwise. If it implements
    /// <see cref="IPartitioned{TCommand,TQuery}"/>, spaces of it may have many shards.
    /// </summary>
    public StateMachineRegistry Add<TCommand, TResult, TQuery, TAnswer>(
        string name,
        Func<StateMachine<TCommand, TResult, TQuery, TAnswer>> create,
        StateMachineCodecs<TCommand, TResult, TQuery, TAnswer>? codecs = null,
        int version = 1)
    {
        codecs ??= StateMachineCodecs<TCommand, TResult, TQuery, TAnswer>.Json;
        return Add(new StateMachineDefinition(name, version, () => Wrap(create(), codecs)));
    }

    private static IReplicatedStateMachine Wrap<TCommand, TResult, TQuery, TAnswer>(
        StateMachine<TCommand, TResult, TQuery, TAnswer> machine, StateMachineCodecs<TCommand, TResult, TQuery, TAnswer> codecs) =>
        machine is IPartitioned<TCommand, TQuery> partitioned
            ? new PartitionedTypedStateMachine<TCommand, TResult, TQuery, TAnswer>(machine, partitioned, codecs)
            : new TypedStateMachine<TCommand, TResult, TQuery, TAnswer>(machine, codecs);

    public bool TryGet(string name, [NotNullWhen(true)] out StateMachineDefinition? definition) => _byName.TryGetValue(name, out definition);
}
