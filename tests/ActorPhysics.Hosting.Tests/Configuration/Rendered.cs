using ActorPhysics.Hosting.Configuration.Hocon;

namespace ActorPhysics.Hosting.Tests.Configuration;

/// <summary>Writes a value so that a test can state what it expects on one line: <c>{a=1,b=[x,null]}</c>.</summary>
internal static class Rendered
{
    public static string Of(HoconValue value) => value switch
    {
        HoconObject section => $"{{{string.Join(',', section.Fields.Select(field => $"{field.Key}={Of(field.Value)}"))}}}",
        HoconArray list => $"[{string.Join(',', list.Items.Select(Of))}]",
        HoconScalar scalar => scalar.Text,
        _ => "null",
    };

    /// <summary>Reads text in an environment that has only <c>HOME</c> and <c>EMPTY</c>.</summary>
    public static HoconObject Read(string text) => HoconReader.ReadText(text, "f", Options);

    /// <summary>The path of a file of the repository's folder hocon, copied beside the tests.</summary>
    public static string Shipped(string file) => Path.Combine(AppContext.BaseDirectory, "hocon", file);

    public static HoconReaderOptions Options { get; } = new()
    {
        EnvironmentVariable = name => name switch { "HOME" => "/home/me", "EMPTY" => "", _ => null },
    };
}
