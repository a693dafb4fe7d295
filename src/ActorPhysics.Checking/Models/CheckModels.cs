using System.Collections.Immutable;

namespace ActorPhysics.Checking.Models;

/// <summary>The models that histories can be checked by, by their names.</summary>
public static class CheckModels
{
    private static readonly ImmutableArray<Func<CheckModel>> All =
    [
        RegisterModel.Register,
        RegisterModel.KeyValue,
        () => new BankModel(),
        () => new SetModel(),
        () => new ListAppendModel(),
        () => new RwRegisterModel(),
        () => new CausalModel(),
        () => new ConvergenceModel(),
    ];

    public static ImmutableArray<string> Names { get; } = [.. All.Select(create => create().Name)];

    /// <summary>A new model, which one check may use; null for a name that none has.</summary>
    public static CheckModel? Find(string name) => All.Select(create => create()).FirstOrDefault(model => model.Name == name);
}
