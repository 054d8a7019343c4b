// The public face of the C# door: written down, documented, fit for C#, and of one name each.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class ApiTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Assembly s_facade = typeof(LinearRegression).Assembly;

    private static readonly Assembly[] s_assemblies =
        [s_facade, typeof(Dataset).Assembly, Assembly.Load("LinearNets.Kernels")];

    private static readonly Type[] s_types = [.. s_facade.GetExportedTypes().Where(t => !t.Name.StartsWith('<') && !t.FullName!.Contains("+<")).OrderBy(t => t.FullName, StringComparer.Ordinal)];

    [Test]
    public void The_public_API_is_the_one_that_is_kept()
    {
        string path = Repository("tests/PublicApi.CSharp.txt");
        string actual = string.Join("\n", s_types.SelectMany(t => Lines(t).Append(""))) + "\n";
        if (Environment.GetEnvironmentVariable("LINEARNETS_ACCEPT_API") == "1")
            File.WriteAllText(path, actual);
        string expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        string[] before = expected.Split('\n'), now = actual.Split('\n');
        Assert.That(
            actual,
            Is.EqualTo(expected),
            string.Join("\n", before.Except(now).Select(line => "- " + line).Concat(now.Except(before).Select(line => "+ " + line)))
                + "\nIf it should differ, run the tests once with LINEARNETS_ACCEPT_API=1 and commit the file; mention it in CHANGELOG.md.");
    }

    [Test]
    public void No_full_name_stands_in_two_assemblies()
    {
        string?[] names = [.. s_assemblies.SelectMany(a => a.GetExportedTypes()).Select(t => t.FullName)];
        Assert.That(names, Is.Unique);
        Assert.That(names, Has.Length.GreaterThan(100));
    }

    [Test]
    public void Nothing_public_of_our_namespace_has_a_type_that_only_FSharp_has()
    {
        string[] found =
        [
            .. from assembly in s_assemblies
               from type in assembly.GetExportedTypes()
               where type.Namespace == "LinearNets"
               from name in OfFSharp(type)
               select name,
        ];
        Assert.That(found, Is.Empty);
        // One for each way in; and what the F# side is for is found there.
        Assert.That(typeof(Violations).GetNestedTypes(BindingFlags.NonPublic).SelectMany(OfFSharp).Distinct(), Has.Exactly(10).Items);
        Assert.That(OfFSharp(typeof(FSharp.FitSettings)), Is.Not.Empty);
    }

    [Test]
    public void Every_type_and_member_has_a_summary_and_every_type_an_example()
    {
        Dictionary<string, XElement> documents = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "LinearNets.xml"))
            .Descendants("member").GroupBy(m => m.Attribute("name")!.Value).ToDictionary(g => g.Key, g => g.First());
        var missing = new List<string>();
        foreach (Type type in s_types)
        {
            string name = type.FullName!.Replace('+', '.');
            if (!documents.TryGetValue("T:" + name, out XElement? document) || document.Element("summary") is null)
                missing.Add(name);
            else if (!type.IsNested && document.Element("example") is null)
                missing.Add(name + " has no example");
            else if (!type.IsNested && document.Element("remarks") is null)
                missing.Add(name + " has no remark on defaults and cost");
        }

        Assert.That(missing, Is.Empty);
        // The compiler asks for a comment on every member; inheritdoc is one.
        Assert.That(documents.Values.All(m => m.Element("summary") is not null || m.Element("inheritdoc") is not null));
    }

    [Test]
    public void Everything_in_the_table_of_names_exists()
    {
        (Type Type, string Members)[] table =
        [
            (typeof(LinearRegression), "Solver Loss Penalty FitIntercept Seed Device Threads WarmStart Fit FitAsync"),
            (typeof(Solver), "Auto LeastSquares"),
            (typeof(Loss), "Squared Absolute Huber Custom"),
            (typeof(Penalty), "None L2 L1 ElasticNet"),
            (typeof(LinearModel), "Weights Bias WeightMatrix Biases Predict Evaluate Inference History RuleUsed Converged"),
            (typeof(RegressionScores), "R2 MeanSquaredError MeanAbsoluteError"),
            (typeof(Inference), "StandardErrors TValues PValues ConfidenceIntervals RSquared ResidualStandardDeviation ConditionNumber"),
            (typeof(SoftmaxClassifier), "Solver Penalty ClassWeights Seed Device Threads WarmStart Fit FitAsync"),
            (typeof(Sgd), "LearningRate Schedule BatchSize Epochs Optimizer EarlyStopping Shuffle"),
            (typeof(Optimizer), "Sgd Momentum Nesterov Adam"),
            (typeof(SoftmaxModel), "WeightMatrix Biases ClassNames Predict PredictLabel PredictProbabilities Evaluate History RuleUsed Converged"),
            (typeof(ClassificationScores), "Accuracy LogLoss ConfusionMatrix PerClass"),
            (typeof(LogisticRegression), "Solver Loss Penalty ClassWeights Seed Device Threads WarmStart Fit FitAsync"),
            (typeof(LogisticModel), "Weights Bias ClassNames Predict PredictLabel PredictProbability Evaluate History RuleUsed Converged"),
            (typeof(Perceptron), "Seed Device Threads WarmStart Fit FitAsync"),
            (typeof(PerceptronModel), "Weights Bias ClassNames Predict PredictLabel Evaluate History RuleUsed Converged"),
            (typeof(Dataset), "From FromRows FromCsv FromNpy FromIdx FashionMnist Split Rows Columns FeatureNames ClassNames ImageShape"),
            (typeof(Device), "Auto Cpu Available"),
        ];
        string[] missing = [.. from row in table from name in row.Members.Split(' ') where row.Type.GetMember(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy).Length == 0 select $"{row.Type.Name}.{name}"];
        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Devices_say_what_is_there_and_what_is_not()
    {
        Assert.That(Device.Available.Select(status => (status.Device, status.IsAvailable)), Is.EqualTo(new[] { (Device.Cpu, true), (Device.GPU, false) }));
        Assert.That(Device.Available[0].ToString(), Is.EqualTo($"CPU: processors: {Environment.ProcessorCount}"));
        Assert.That(Device.Available[1].ToString(), Is.EqualTo("GPU 0: not available: this build computes on the CPU only"));
        Assert.That($"{Device.Auto}", Is.EqualTo("Auto"));
    }

    internal static string Repository(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "LinearNets.sln")))
            folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder ?? ".", path);
    }

    private static bool IsOpen(MethodBase? m) => m is not null && (m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly);

    private static bool IsGenerated(MemberInfo m) => m.IsDefined(typeof(CompilerGeneratedAttribute), false);

    private static IEnumerable<MemberInfo> Members(Type type) => type.GetMembers(Declared).Where(m => m switch
    {
        MethodBase method => IsOpen(method),
        PropertyInfo property => property.GetAccessors(true).Any(IsOpen),
        FieldInfo field => field.IsPublic || field.IsFamily,
        EventInfo @event => IsOpen(@event.AddMethod),
        _ => false,
    });

    /// <summary>The type and its members that have a type of F# in them, by their names.</summary>
    private static IEnumerable<string> OfFSharp(Type type) =>
        from member in Members(type).Where(member => !IsGenerated(member)).Prepend<MemberInfo>(type)
        where Signature(member).Concat(Attributes(member)).SelectMany(Within).Any(IsOfFSharp)
        select $"{type.FullName}: {member}";

    private static bool IsOfFSharp(Type type) =>
        type.Namespace is string name && (name.StartsWith("Microsoft.FSharp", StringComparison.Ordinal) || name.StartsWith("LinearNets.FSharp", StringComparison.Ordinal));

    private static IEnumerable<Type> Signature(MemberInfo m) => m switch
    {
        Type type => type.GetInterfaces().Append(type.BaseType).OfType<Type>().Concat(Bounds(type.GetGenericArguments())),
        MethodInfo method => method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType).Concat(Bounds(method.GetGenericArguments())),
        MethodBase constructor => constructor.GetParameters().Select(p => p.ParameterType),
        PropertyInfo property => [property.PropertyType, .. property.GetIndexParameters().Select(p => p.ParameterType)],
        FieldInfo field => [field.FieldType],
        EventInfo @event => [@event.EventHandlerType!],
        _ => [],
    };

    private static IEnumerable<Type> Bounds(Type[] arguments) => arguments.Where(a => a.IsGenericParameter).SelectMany(a => a.GetGenericParameterConstraints());

    /// <summary>The attributes of a member and what they are made of, but for those that the compiler of F# writes on everything.</summary>
    private static IEnumerable<Type> Attributes(MemberInfo m) =>
        from attribute in m.GetCustomAttributesData().Concat(m is MethodBase method ? method.GetParameters().SelectMany(p => p.GetCustomAttributesData()) : [])
        where attribute.AttributeType.Namespace != "Microsoft.FSharp.Core" || m.Module.Assembly == s_facade
        from type in attribute.Constructor.GetParameters().Select(p => p.ParameterType)
            .Concat(attribute.ConstructorArguments.Select(a => a.Value as Type ?? a.ArgumentType)).Append(attribute.AttributeType)
        select type;

    private static IEnumerable<Type> Within(Type type) =>
        new[] { type }
            .Concat(type.HasElementType ? Within(type.GetElementType()!) : [])
            .Concat(type.GetGenericArguments().Where(a => !a.IsGenericParameter).SelectMany(Within));

    private static IEnumerable<string> Lines(Type type)
    {
        string bases = string.Join(", ", new[] { type.BaseType }.Concat(type.GetInterfaces()).OfType<Type>().Where(t => t != typeof(object) && t != typeof(ValueType)).Select(Name));
        string kind = type.IsEnum ? "enum" : type.IsAbstract && type.IsSealed ? "static class" : type.IsAbstract ? "abstract class" : "sealed class";
        HashSet<MethodInfo> accessors = [.. type.GetProperties(Declared).SelectMany(p => p.GetAccessors(true))];
        // What a record makes by itself is left out.
        IEnumerable<string> members = Members(type)
            .Where(m => !IsGenerated(m) && !(m is MethodInfo method && accessors.Contains(method)) && m.Name != "value__")
            .Select(m => "    " + Line(m)).Order(StringComparer.Ordinal);
        return members.Prepend($"{kind} {type.FullName}{(bases == "" ? "" : " : " + bases)}");
    }

    private static string Line(MemberInfo m) => m switch
    {
        ConstructorInfo c => $"new({Parameters(c)})",
        MethodInfo method => $"{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} {method.Name}{(method.IsGenericMethod ? "<" + string.Join(", ", method.GetGenericArguments().Select(Name)) + ">" : "")}({Parameters(method)})",
        PropertyInfo p => $"{(p.GetAccessors(true)[0].IsStatic ? "static " : "")}{Name(p.PropertyType)} {p.Name} {{ get; {(p.CanWrite ? "init; " : "")}}}",
        FieldInfo { IsLiteral: true } f => $"{f.Name} = {f.GetRawConstantValue()}",
        _ => m.ToString()!,
    };

    private static string Parameters(MethodBase m) => string.Join(", ", m.GetParameters().Select(p => $"{(p.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "")}{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.RawDefaultValue ?? "default"}" : "")}"));

    private static string Name(Type type)
    {
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (!type.IsGenericType)
            return type.Name;
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }

#pragma warning disable CS0067, CS0649, CA1070, IDE0044, IDE0051, IDE0060
    /// <summary>What the test of signatures must find: each once.</summary>
    private static class Violations
    {
        private sealed class Member
        {
            public Member(FSharp.Penalty penalty) => Field = [penalty];

            public FSharp.Penalty[] Field;

            public event Action<FSharp.Model>? Event;

            public Lazy<FSharp.Loss[]>? Property { get; init; }

            public static (int, FSharp.Model)? Result() => null;

            [Marked(typeof(FSharp.Loss))]
            public static void Attribute()
            {
            }

            public static void Bound<T>()
                where T : Microsoft.FSharp.Core.FSharpFunc<int, int>
            {
            }
        }

        private sealed class Base : List<FSharp.Model>;

        private sealed class Interface : IEquatable<Microsoft.FSharp.Core.FSharpOption<int>>
        {
            public bool Equals(Microsoft.FSharp.Core.FSharpOption<int>? other) => false;
        }
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class MarkedAttribute(Type type) : Attribute
    {
        public Type Type { get; } = type;
    }
}
