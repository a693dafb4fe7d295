using System.Collections.Immutable;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Space;

namespace ActorPhysics.Actors.Tests.StateMachines.Handoffs;

/// <summary>A command: notes an operation under a key.</summary>
public sealed record Note(string Key, int Operation);

/// <summary>A query: the operations under a key, or, without one, all keys.</summary>
public sealed record AskNotes(string? Key);

/// <summary>Keeps, per key, every operation that took effect, in order: one that took effect twice stands there twice.</summary>
internal sealed class LedgerMachine : StateMachine<Note, int, AskNotes, string>, IPartitioned<Note, AskNotes>
{
    private ImmutableSortedDictionary<string, ImmutableArray<int>> _notes = ImmutableSortedDictionary.Create<string, ImmutableArray<int>>(StringComparer.Ordinal);

    public static StateMachineDefinition Definition { get; } = DefinitionOf();

    /// <summary>Answers with how many operations the key has now.</summary>
    public override int Apply(in ApplyContext context, Note command)
    {
        ImmutableArray<int> notes = _notes.GetValueOrDefault(command.Key, []).Add(command.Operation);
        _notes = _notes.SetItem(command.Key, notes);
        return notes.Length;
    }

    public override string Query(AskNotes query) => query.Key is { } key
        ? string.Join(',', _notes.GetValueOrDefault(key, []))
        : string.Join(' ', _notes.Keys);

    public override IStateCapture Capture() => StateCapture.Json(_notes);

    public override void Restore(Stream snapshot) => _notes = Read(snapshot);

    public SpaceKey? KeyOfCommand(Note command) => SpaceKey.OfText(command.Key);

    public SpaceKey? KeyOfQuery(AskNotes query) => query.Key is { } key ? SpaceKey.OfText(key) : null;

    public IStateCapture Partition(KeyRange range, ShardingKind kind) => StateCapture.Json(KeyedState.TakeOut(ref _notes, range, kind));

    public void Absorb(Stream part) => _notes = KeyedState.Join(_notes, Read(part));

    public SpaceKey? MiddleKey(KeyRange range) => KeyedState.MiddleKey(_notes, range);

    private static ImmutableSortedDictionary<string, ImmutableArray<int>> Read(Stream json) =>
        StateCapture.ReadJson<ImmutableSortedDictionary<string, ImmutableArray<int>>>(json).WithComparers(StringComparer.Ordinal);

    private static StateMachineDefinition DefinitionOf()
    {
        new StateMachineRegistry().Add("ledger", () => new LedgerMachine()).TryGet("ledger", out StateMachineDefinition? definition);
        return definition!;
    }
}
