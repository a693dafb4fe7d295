using System.Text;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Configuration.Binding;
using ActorPhysics.Hosting.Configuration.Hocon;

namespace ActorPhysics.Hosting.Tests.Configuration;

/// <summary>Whatever the input, a reader returns a value or throws <see cref="ConfigurationException"/>. Seeds are fixed: a failure names its own.</summary>
public sealed class HoconFuzzTests
{
    private static readonly string[] Fragments =
    [
        "a", "b", "a.b", "\"a.b\"", " ", "\n", "=", ":", "+=", ",", "{", "}", "[", "]", "${a}", "${?a}", "${a.b}", "${?b}", "${", "${?", "1", "10 ms", "-",
        "\"\"\"", "\"", "\"x\"", "\\", "#", "//", "include ", "include \"none\"", "include required(file(\"\\u0000\"))", "null", "true", ".", "é", "\uD800", "\0",
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 8)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_bytes_are_a_configuration_or_a_configuration_error(int seed)
    {
        var random = new Random(seed);
        for (int run = 0; run < 1000; run++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Survive(() => HoconReader.ReadText(HoconFiles.Decode(bytes, "f"), "f"), $"seed {seed}, run {run}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_pieces_of_HOCON_are_a_configuration_or_a_configuration_error(int seed)
    {
        var random = new Random(seed);
        for (int run = 0; run < 2000; run++)
        {
            var text = new StringBuilder();
            for (int i = random.Next(40); i > 0; i--)
            {
                text.Append(Fragments[random.Next(Fragments.Length)]);
            }

            Survive(() => HoconReader.ReadText(text.ToString(), "f"), $"seed {seed}, run {run}: {text}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_damaged_reference_file_gives_options_or_a_configuration_error(int seed)
    {
        string reference = File.ReadAllText(Rendered.Shipped(OptionsReader.ReferenceName));
        string[] insertions = [.. Fragments, "99999999999999999999999999999999999999", "-1", "1e400", "5 parsecs", "{ id = 1 }"];
        var random = new Random(seed);
        for (int run = 0; run < 60; run++)
        {
            var text = new StringBuilder(reference);
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                int at = random.Next(text.Length);
                text.Remove(at, Math.Min(random.Next(8), text.Length - at));
                text.Insert(at, insertions[random.Next(insertions.Length)]);
            }

            Survive(() => NodeOptions.FromText(text.ToString()), $"seed {seed}, run {run}");
        }
    }

    private static void Survive(Action read, string what)
    {
        try
        {
            read();
        }
        catch (ConfigurationException refused)
        {
            Assert.True(refused.Errors.Count > 0, what);
        }
        catch (Exception other)
        {
            Assert.Fail($"{what}: {other}");
        }
    }
}
