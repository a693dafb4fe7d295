using ActorPhysics.Hosting.Configuration.Hocon;

namespace ActorPhysics.Hosting.Tests.Configuration;

/// <summary>What HOCON text means, a line per rule; sections of the specification (lightbend/config, HOCON.md) head each table.</summary>
public sealed class HoconSyntaxTests
{
    [Theory]
    // Comments, omitted braces, separators, commas
    [InlineData("", "{}")]
    [InlineData("# only a comment", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("a=1 # one\n// two\nb=2//three", "{a=1,b=2}")]
    [InlineData("{ a : 1, b : 2 }", "{a=1,b=2}")]
    [InlineData("a=1,b=2,", "{a=1,b=2}")]
    [InlineData("a=1\n\n,\nb=2", "{a=1,b=2}")]
    [InlineData("a {b=1}", "{a={b=1}}")]
    [InlineData("a\n{\nb\n=\n1\n}", "{a={b=1}}")]
    [InlineData("a = {b:1} # c", "{a={b=1}}")]
    [InlineData("\uFEFFa=1\r\nb=2\r\n", "{a=1,b=2}")]
    [InlineData("{\"a\":{\"b\":[1,-2.5e+3,true,null,\"x\"]}}", "{a={b=[1,-2.5e+3,true,null,x]}}")]
    // Keys and paths
    [InlineData("a.b.c=1", "{a={b={c=1}}}")]
    [InlineData("a.\"b.c\".d=1", "{a={b.c={d=1}}}")]
    [InlineData("\"a.b\"=1", "{a.b=1}")]
    [InlineData("10.0foo=1", "{10={0foo=1}}")]
    [InlineData("a b c = 1", "{a b c=1}")]
    [InlineData("a . b = 1", "{a={b=1}}")]
    [InlineData("\"a.b\" c . \"d\" = 1", "{a.b c={d=1}}")]
    [InlineData("true=1\nnull=2", "{true=1,null=2}")]
    [InlineData("\"\"=1", "{=1}")]
    [InlineData("\"include\"=1\na include=2\nincluded=3", "{include=1,a include=2,included=3}")]
    // Strings
    [InlineData("a=b c  d ", "{a=b c  d}")]
    [InlineData("a=\"b\\n\\u0041\\\\\\\"\\/\"", "{a=b\nA\\\"/}")]
    [InlineData("a=\"\"\"x\n\"y\" \\n\"\"\"", "{a=x\n\"y\" \\n}")]
    [InlineData("a=\"\"\"x\"\"\"\"", "{a=x\"}")]
    [InlineData("a=\"\"", "{a=}")]
    [InlineData("a=\"null\"\nb=null\nc=null x", "{a=null,b=null,c=null x}")]
    [InlineData("a=\" b \" c", "{a= b  c}")]
    [InlineData("a=10 ms", "{a=10 ms}")]
    [InlineData("a=x/y-z_(1)%", "{a=x/y-z_(1)%}")]
    // Lists
    [InlineData("a=[]", "{a=[]}")]
    [InlineData("a=[1,2,3,]", "{a=[1,2,3]}")]
    [InlineData("a=[\n1\n2 3\n\n,4\n]", "{a=[1,2 3,4]}")]
    [InlineData("a=[[1],{b=2}]", "{a=[[1],{b=2}]}")]
    [InlineData("a=[1] [2]", "{a=[1,2]}")]
    // Duplicate keys and object merging
    [InlineData("a=1\na=2", "{a=2}")]
    [InlineData("a{b=1}\na{c=2}", "{a={b=1,c=2}}")]
    [InlineData("a{b=1}\na.b=3", "{a={b=3}}")]
    [InlineData("a{b=1}\na=2\na{c=3}", "{a={c=3}}")]
    [InlineData("a{b=1}\na=null\na{c=3}", "{a={c=3}}")]
    [InlineData("a=[1]\na=[2]", "{a=[2]}")]
    [InlineData("a={b=1,x{y=1}} {c=2,x{z=2}}", "{a={b=1,x={y=1,z=2},c=2}}")]
    public void Text_reads_as(string text, string expected) => Assert.Equal(expected, Rendered.Of(Rendered.Read(text)));

    [Theory]
    // Substitutions
    [InlineData("a=1\nb=${a}", "{a=1,b=1}")]
    [InlineData("b=${a}\na=1", "{b=1,a=1}")]
    [InlineData("a=1\nb=${ a }\na=2", "{a=2,b=2}")]
    [InlineData("a{b=1}\nc=${a.b}", "{a={b=1},c=1}")]
    [InlineData("a.\"x.y\"=1\nc=${a.\"x.y\"}", "{a={x.y=1},c=1}")]
    [InlineData("a=${?none}", "{}")]
    [InlineData("a=1\na=${?none}", "{a=1}")]
    [InlineData("a=x${?none}y", "{a=xy}")]
    [InlineData("a=[1,${?none},2]", "{a=[1,2]}")]
    [InlineData("a=${none}\na=1", "{a=1}")]
    [InlineData("a=\"${b}\"", "{a=${b}}")]
    [InlineData("a=\"\"\"${b}\"\"\"", "{a=${b}}")]
    [InlineData("a=1\nb=${a}2 ${a} 3", "{a=1,b=12 1 3}")]
    [InlineData("a=null\nb=${a}", "{a=null,b=null}")]
    [InlineData("a=[1]\nb=${a}[2]${a}", "{a=[1],b=[1,2,1]}")]
    [InlineData("a{x=1}\nb=${a}{y=2} ${a}", "{a={x=1},b={x=1,y=2}}")]
    [InlineData("a{x=1}\nb=${a}\nb{y=2}", "{a={x=1},b={x=1,y=2}}")]
    [InlineData("a{x=1}\nb{y=2}\nb=${a}\nb{x=3}", "{a={x=1},b={y=2,x=3}}")]
    [InlineData("a=1\nb{x=1}\nb=${a}\nb{y=2}", "{a=1,b={y=2}}")]
    // Environment
    [InlineData("a=${HOME}\nb=${?HOME}/x", "{a=/home/me,b=/home/me/x}")]
    [InlineData("HOME=mine\na=${HOME}", "{HOME=mine,a=mine}")]
    [InlineData("a=x\na=${?EMPTY}", "{a=}")]
    // Self-reference: a value looks back to what its key held before
    [InlineData("p=a\np=${p}-b\np=${p}\":c\"", "{p=a-b:c}")]
    [InlineData("p=${?p}b", "{p=b}")]
    [InlineData("HOME=${HOME}/bin", "{HOME=/home/me/bin}")]
    [InlineData("p=[a]\np=${p}[b]", "{p=[a,b]}")]
    [InlineData("p=1\np=[${p},2]", "{p=[1,2]}")]
    [InlineData("o{a{c=1}}\no=${o.a}\no{a=2}", "{o={a=2,c=1}}")]
    [InlineData("o.p=1\no.p=${o.p}2\no{p=${o.p}3}", "{o={p=123}}")]
    [InlineData("a{p=1}\na=${?z}\na{p=${a.p}2}\nz{p=3}", "{a={p=32},z={p=3}}")]
    [InlineData("x{p=${?x.p}b}\ny=${x}${x}\ny{p=${y.p}c}", "{x={p=b},y={p=bc}}")]
    [InlineData("x{q{p=${?x.q.p}0}}\ny=${x}\ny{q{p=${y.q.p}1}}", "{x={q={p=0}},y={q={p=01}}}")]
    // Objects that refer to each other are no cycle as long as no value needs itself
    [InlineData("bar{foo=42,baz=${bar.foo}}", "{bar={foo=42,baz=42}}")]
    [InlineData("bar{foo=42,baz=${bar.foo}}\nbar{foo=43}", "{bar={foo=43,baz=43}}")]
    [InlineData("bar{a=${foo.d},b=1}\nbar.b=3\nfoo{c=${bar.b},d=2}\nfoo.d=4", "{bar={a=4,b=3},foo={c=3,d=4}}")]
    [InlineData("bar=${foo}\nfoo{c=${bar.d},d=2}", "{bar={c=2,d=2},foo={c=2,d=2}}")]
    // +=
    [InlineData("a+=1", "{a=[1]}")]
    [InlineData("a=[1]\na+=2\na += {b=3}", "{a=[1,2,{b=3}]}")]
    [InlineData("a=[1]\nb=[0]\na+=${b}\na+=x", "{a=[1,[0],x],b=[0]}")]
    [InlineData("a=[1]\na=${?none}\na+=2", "{a=[1,2]}")]
    [InlineData("o{a=[1]}\no{a+=2,a+=3}\no.a+=4", "{o={a=[1,2,3,4]}}")]
    [InlineData("l=[{a=[1],a+=2}]", "{l=[{a=[1,2]}]}")]
    public void Substitutions_resolve_as(string text, string expected) => Assert.Equal(expected, Rendered.Of(Rendered.Read(text)));

    [Fact]
    public void Every_value_remembers_its_line()
    {
        HoconObject root = Rendered.Read("a = 1\nb {\n  c = [\n    x\n    ${a}\n  ]\n}\nd = ${b.c}\ne =\n  7");

        Assert.Equal("a:1 b:2 b.c:3 b.c[0]:4 b.c[1]:5 d:8 d[0]:4 d[1]:5 e:9", string.Join(' ', Lines("", root)));
    }

    [Theory]
    [InlineData("a = [0]\n")]
    [InlineData("a += 0\n")]
    public void A_long_run_of_appends_is_no_deep_nesting(string first)
    {
        string text = first + string.Concat(Enumerable.Range(1, 5000).Select(i => $"a += {i}\n"));

        Assert.True(Rendered.Read(text).TryGet("a", out HoconField? list));
        Assert.Equal(5001, ((HoconArray)list.Value).Items.Count);
    }

    [Fact]
    public void A_later_input_wins_and_may_refer_to_an_earlier_one()
    {
        HoconObject root = HoconReader.Read([new HoconInput("low", "a { x = 1, y = ${a.x} }"), new HoconInput("high", "a.x = 2, b = ${a.y}")]);

        Assert.Equal("{a={x=2,y=2},b=2}", Rendered.Of(root));
    }

    private static IEnumerable<string> Lines(string path, HoconValue value) => value switch
    {
        HoconObject section => section.Fields.SelectMany(field =>
            Lines(path.Length == 0 ? field.Key : $"{path}.{field.Key}", field.Value).Prepend($"{(path.Length == 0 ? "" : path + ".")}{field.Key}:{field.Location.Line}")),
        HoconArray list => list.Items.SelectMany((item, i) => Lines($"{path}[{i}]", item).Prepend($"{path}[{i}]:{item.Location.Line}")),
        _ => [],
    };
}
