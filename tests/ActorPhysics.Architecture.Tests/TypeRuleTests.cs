using System.Reflection;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Architecture.Tests;

/// <summary>Rules about types, read from the assemblies.</summary>
public sealed class TypeRuleTests
{
    private static readonly Assembly[] PureAssemblies = [typeof(LogIndex).Assembly, typeof(LineMessage).Assembly];

    [Fact]
    public void Identities_and_epochs_are_readonly_structs_without_conversions()
    {
        Type[] concepts = [.. typeof(LogIndex).Assembly.GetExportedTypes().Where(type => type.Namespace == "ActorPhysics.Core.Coordinates" && type.IsValueType)];
        Assert.NotEmpty(concepts);
        Assert.All(concepts, type => Assert.Contains(type.CustomAttributes, attribute => attribute.AttributeType.Name == "IsReadOnlyAttribute"));
        Assert.All(concepts, type => Assert.DoesNotContain(type.GetMethods(), method => method.Name is "op_Implicit" or "op_Explicit"));
    }

    [Fact]
    [Trait("Seed", "3.1")]
    public void A_certificate_exists_only_if_it_was_proven()
    {
        Type[] certificates = [.. typeof(Certificate).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Certificate)))];
        Assert.True(certificates.Length >= 4);
        Assert.All(certificates, type =>
        {
            Assert.True(type.IsSealed, $"{type.Name} is not sealed");
            Assert.Empty(type.GetConstructors());
            Assert.Contains(type.GetMethods(BindingFlags.Public | BindingFlags.Static), method => method.Name == "TryProve");
            Assert.DoesNotContain(type.GetProperties(), property => property.SetMethod is { IsPublic: true });
        });
    }

    [Theory]
    [InlineData(typeof(LineMessage))]
    [InlineData(typeof(LineInput))]
    [InlineData(typeof(LineEffect))]
    [InlineData(typeof(HistoryEvent))]
    [InlineData(typeof(LogEntry))]
    public void A_hierarchy_of_data_is_closed_and_immutable(Type root)
    {
        Assert.True(root.IsAbstract);
        Type[] kinds = [.. root.Assembly.GetTypes().Where(type => type.IsSubclassOf(root))];
        Assert.NotEmpty(kinds);
        Assert.All(kinds, type => Assert.True(type.IsSealed, $"{type.Name} is not sealed"));
        Assert.All(kinds.SelectMany(type => type.GetProperties()), property => Assert.False(property.CanWrite, $"{property.DeclaringType!.Name}.{property.Name} can be set"));
    }

    [Fact]
    public void Nothing_public_in_the_pure_half_speaks_of_tasks_streams_or_clocks()
    {
        Type[] worldly = [typeof(Task), typeof(ValueTask), typeof(Stream), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeProvider), typeof(CancellationToken)];
        IEnumerable<MethodInfo> methods = PureAssemblies.SelectMany(assembly => assembly.GetExportedTypes()).SelectMany(type => type.GetMethods());
        Assert.DoesNotContain(methods, method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType).Any(worldly.Contains));
    }
}
