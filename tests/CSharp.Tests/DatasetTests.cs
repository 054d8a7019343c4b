// Data sets as a C# program uses them. That this file compiles is the first test: every kind of array finds its overload,
// names are given one after the other, and a split is taken apart into two variables.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class DatasetTests
{
    private static readonly Dataset s_houses = Dataset.From(
        new double[,] { { 120, 7 }, { 80, 30 }, { 95, 12 }, { 60, 3 }, { 140, 1 } },
        new[] { 350.0, 210, 260, 190, 500 });

    [Test]
    public void Numbers_are_predicted_from_a_matrix()
    {
        Dataset houses = Dataset
            .From(new double[,] { { 120, 7 }, { 80, 30 } }, new[] { 350.0, 210.0 })
            .WithFeatureNames("area", "age")
            .WithTargetNames("rent");

        Assert.That((houses.Rows, houses.Columns, houses.Outputs, houses.HasClasses), Is.EqualTo((2, 2, 1, false)));
        Assert.That(houses.Row(1), Is.EqualTo(new[] { 80.0, 30 }));
        Assert.That(houses.Target(1), Is.EqualTo(new[] { 210.0 }));
        Assert.That(houses.TargetNames, Is.EqualTo(new[] { "rent" }));
        Assert.That(houses.ClassNames, Is.Empty);
    }

    [Test]
    public void Whole_numbers_are_classes()
    {
        Dataset animals = Dataset
            .From(new double[,] { { 4.1 }, { 30 }, { 3.9 } }, new[] { 0, 1, 0 })
            .WithClassNames("cat", "dog");

        Assert.That(animals.HasClasses);
        Assert.That(animals.Outputs, Is.EqualTo(2));
        Assert.That(animals.ClassName(1), Is.EqualTo("dog"));
        Assert.That(animals.Target(1), Is.EqualTo(new[] { 1.0 }));
    }

    [Test]
    public void Every_kind_of_array_makes_a_data_set()
    {
        double[][] rows = [[1, 2], [3, 4]];
        float[][] floats = [[1, 2], [3, 4]];
        double[,] matrix = { { 1, 2 }, { 3, 4 } };
        float[,] floatMatrix = { { 1, 2 }, { 3, 4 } };
        Dataset[] all =
        [
            Dataset.From(matrix, new[] { 5.0, 6 }),
            Dataset.From(matrix, new[,] { { 5.0 }, { 6 } }),
            Dataset.From(matrix, new[] { 5, 6 }),
            Dataset.From(floatMatrix, new[] { 5f, 6 }),
            Dataset.From(floatMatrix, new[,] { { 5f }, { 6 } }),
            Dataset.From(floatMatrix, new[] { 5, 6 }),
            Dataset.From(rows, new[] { 5.0, 6 }),
            Dataset.From(rows, new double[][] { [5], [6] }),
            Dataset.From(rows, new[] { 5, 6 }),
            Dataset.From(floats, new[] { 5f, 6 }),
            Dataset.From(floats, new[] { 5, 6 }),
            Dataset.From([1, 2, 3, 4], 2, [5, 6]),
            Dataset.From(pixels: [1, 2, 3, 4], columns: 2, targets: [5.0, 6]),
        ];

        foreach (Dataset data in all)
        {
            Assert.That(data.Row(0).Concat(data.Row(1)), Is.EqualTo(new[] { 1.0, 2, 3, 4 }), data.ToString());
            Assert.That(data.Target(0).Concat(data.Target(1)), Is.EqualTo(new[] { 5.0, 6 }), data.ToString());
        }
    }

    [Test]
    public void Arguments_can_be_named()
    {
        Dataset data = Dataset.From(pixels: [1, 2, 3, 4], columns: 2, labels: [0, 1]).WithImageShape(height: 1, width: 2);

        Assert.That(data.Slice(first: 1, count: 1).Row(0), Is.EqualTo(new[] { 3.0, 4 }));
        Assert.That(data.Pick([1, 0, 1]).Rows, Is.EqualTo(3));
    }

    [Test]
    public void A_split_is_taken_apart()
    {
        var (train, test) = s_houses.Split(0.2, seed: 1);

        Assert.That((train.Rows, test.Rows), Is.EqualTo((4, 1)));
        double[] rents = [.. Enumerable.Range(0, 4).Select(row => train.Target(row)[0]), test.Target(0)[0]];
        Assert.That(rents, Is.EquivalentTo(new[] { 350.0, 210, 260, 190, 500 }));
    }

    [Test]
    public void Names_are_lists_to_read()
    {
        IReadOnlyList<string> names = s_houses.FeatureNames;

        Assert.That(names.Count, Is.EqualTo(2));
        Assert.That(names[1], Is.EqualTo("x2"));
        Dataset loud = s_houses.WithFeatureNames([.. names.Select(name => name + "!")]);
        Assert.That(loud.FeatureNames, Is.EqualTo(new[] { "x1!", "x2!" }));
    }

    [Test]
    public void Only_images_have_a_shape()
    {
        Assert.That(s_houses.ImageShape, Is.Null);

        ImageShape? shape = s_houses.WithImageShape(2, 1).ImageShape;
        Assert.That((shape?.Height, shape?.Width), Is.EqualTo(((int?)2, (int?)1)));
        Assert.That(shape, Is.EqualTo(new ImageShape(2, 1)));
        Assert.That($"{shape}", Is.EqualTo("2×1"));
    }

    [Test]
    public void A_data_set_says_what_it_is()
    {
        Assert.That(s_houses.ToString(), Is.EqualTo("5 rows × 2 columns (64-bit numbers), 1 target"));
        Assert.That(
            $"{Dataset.From([1, 2, 3, 4], 4, [1]).WithImageShape(2, 2).WithClassNames("cat", "dog")}",
            Is.EqualTo("1 row × 4 columns (bytes, images 2×2), 2 classes: cat, dog"));
    }

    [Test]
    public void Errors_are_typed()
    {
        Assert.Throws<ArgumentNullException>(() => Dataset.From((double[,])null!, new[] { 1.0 }));
        Assert.Throws<ShapeException>(() => Dataset.From(new double[,] { { 1 } }, new[] { 1.0, 2 }));
        Assert.Throws<SettingsException>(() => s_houses.Split(1, seed: 1));
        Assert.Throws<SettingsException>(() => s_houses.WithFeatureNames("area"));

        DataException label = Assert.Throws<DataException>(() => Dataset.From(new double[,] { { 1 } }, [""]))!;
        Assert.That(label.Where, Is.EqualTo("row 0"));
        DataException row = Assert.Throws<DataException>(() => s_houses.Row(5))!;
        Assert.That(row.Where, Is.EqualTo("row 5"));
    }

    private sealed record Address(double Distance);

    private enum Kind
    {
        Flat,
        House = 7,
        Tent = 3,
    }

    private sealed record Home(double Price, float Area, int Rooms, double? Age, string? Town, Kind Kind, Address? Address);

    private static readonly Home[] s_homes =
    [
        new(350, 120, 4, 7, "Ulm", Kind.House, new(2.5)),
        new(210, 80, 3, 30, "Aachen", Kind.Flat, new(0.5)),
        new(260, 95, 3, 12, "Ulm", Kind.Flat, new(1)),
    ];

    [Test]
    public void Rows_of_objects_are_read_by_expressions_that_name_them()
    {
        Dataset homes = Dataset.FromRows(
            s_homes,
            h => h.Price,
            h => h.Area,
            h => h.Rooms,
            h => h.Age!.Value,
            h => h.Address!.Distance,
            h => Math.Sqrt(h.Area),
            h => h.Area / (h.Rooms + 1));

        Assert.That(
            homes.FeatureNames,
            Is.EqualTo(new[] { "Area", "Rooms", "Age", "Distance", "Sqrt(Area)", "Area / (Rooms + 1)" }));
        Assert.That(homes.TargetNames, Is.EqualTo(new[] { "Price" }));
        Assert.That(homes.Row(1), Is.EqualTo(new[] { 80, 3, 30, 0.5, Math.Sqrt(80), 20 }));
        Assert.That(homes.Target(2), Is.EqualTo(new[] { 260.0 }));
    }

    [Test]
    public void The_class_of_an_object_is_a_word_or_a_value_of_an_enumeration()
    {
        Dataset towns = Dataset.FromRows(s_homes, h => h.Town, h => h.Area, h => (double)h.Age!);
        Dataset kinds = Dataset.FromRows(s_homes.Where(h => h.Rooms > 2), h => h.Kind, h => h.Area);

        Assert.That(towns.ClassNames, Is.EqualTo(new[] { "Aachen", "Ulm" }));
        Assert.That(towns.FeatureNames, Is.EqualTo(new[] { "Area", "Age" }));
        Assert.That(towns.ClassName(2), Is.EqualTo("Ulm"));
        Assert.That(kinds.ClassNames, Is.EqualTo(new[] { "Flat", "Tent", "House" }));
        Assert.That(kinds.ClassName(0), Is.EqualTo("House"));
        Assert.That(kinds.TargetNames, Is.EqualTo(new[] { "Kind" }));
    }

    [Test]
    public void A_value_that_an_object_lacks_is_named_by_row_and_feature()
    {
        Home[] homes = [.. s_homes, s_homes[0] with { Age = null, Address = null, Town = null, Price = double.NaN }];

        DataException age = Assert.Throws<DataException>(() => Dataset.FromRows(homes, h => h.Rooms, h => h.Area, h => h.Age!.Value))!;
        Assert.That(age.Where, Is.EqualTo("row 3, feature 'Age'"));
        DataException cast = Assert.Throws<DataException>(() => Dataset.FromRows(homes, h => h.Rooms, h => (double)h.Age!))!;
        Assert.That(cast.Message, Does.StartWith("rows: got no value in row 3, feature 'Age'"));
        DataException address = Assert.Throws<DataException>(() => Dataset.FromRows(homes, h => h.Rooms, h => h.Address!.Distance))!;
        Assert.That(address.Where, Is.EqualTo("row 3, feature 'Distance'"));
        DataException nan = Assert.Throws<DataException>(() => Dataset.FromRows(homes, h => h.Rooms, h => h.Age ?? double.NaN))!;
        Assert.That(nan.Message, Does.StartWith("rows: got NaN in row 3, feature 'Age ?? NaN'"));
        DataException target = Assert.Throws<DataException>(() => Dataset.FromRows(homes, h => h.Price, h => h.Area))!;
        Assert.That(target.Where, Is.EqualTo("row 3, column 'Price'"));
        DataException town = Assert.Throws<DataException>(() => Dataset.FromRows(homes, h => h.Town, h => h.Area))!;
        Assert.That(town.Where, Is.EqualTo("row 3, target 'Town'"));
        DataException row = Assert.Throws<DataException>(() => Dataset.FromRows([s_homes[0], null!], h => h.Price, h => h.Area))!;
        Assert.That(row.Where, Is.EqualTo("row 1, row 'Home'"));
        Assert.Throws<SettingsException>(() => Dataset.FromRows(homes, h => h.Price, h => h.Area, h => h.Area));
        Assert.Throws<ShapeException>(() => Dataset.FromRows(homes, h => h.Price));
    }

    [Test]
    public void Features_that_end_in_the_same_member_have_longer_names()
    {
        (Address Home, Address Work)[] people = [(new(1), new(2)), (new(3), new(4))];

        Dataset data = Dataset.FromRows(people, p => p.Home.Distance + p.Work.Distance, p => p.Home.Distance, p => p.Work.Distance);

        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "Item1.Distance", "Item2.Distance" }));
        Assert.That(data.Row(1), Is.EqualTo(new[] { 3.0, 4 }));
    }

    [Test]
    public void Classes_have_names_or_are_values_of_an_enumeration()
    {
        double[,] matrix = { { 1, 2 }, { 3, 4 } };
        float[,] floatMatrix = { { 1, 2 }, { 3, 4 } };
        double[][] rows = [[1, 2], [3, 4]];
        float[][] floats = [[1, 2], [3, 4]];
        byte[] bytes = [1, 2, 3, 4];
        string[] words = ["dog", "cat"];
        Kind[] kinds = [Kind.Tent, Kind.Flat];

        foreach (Dataset data in new[] { Dataset.From(matrix, words), Dataset.From(floatMatrix, words), Dataset.From(rows, words), Dataset.From(floats, words), Dataset.From(bytes, 2, words) })
        {
            Assert.That(data.ClassNames, Is.EqualTo(new[] { "cat", "dog" }));
            Assert.That(data.ClassName(0), Is.EqualTo("dog"));
        }

        foreach (Dataset data in new[] { Dataset.From(matrix, kinds), Dataset.From(floatMatrix, kinds), Dataset.From(rows, kinds), Dataset.From(floats, kinds), Dataset.From(bytes, 2, kinds) })
        {
            Assert.That(data.ClassNames, Is.EqualTo(new[] { "Flat", "Tent", "House" }));
            Assert.That(data.Target(0), Is.EqualTo(new[] { 1.0 }));
        }

        DataException unknown = Assert.Throws<DataException>(() => Dataset.From(rows, [Kind.Flat, (Kind)5]))!;
        Assert.That(unknown.Where, Is.EqualTo("row 1"));
    }

    [Test]
    public void Labels_below_zero_are_mapped_and_remembered()
    {
        Dataset data = Dataset.From(new double[,] { { 1 }, { 2 }, { 3 } }, new[] { 1, -1, 1 });

        Assert.That(data.ClassNames, Is.EqualTo(new[] { "-1", "1" }));
        Assert.That(data.Target(0), Is.EqualTo(new[] { 1.0 }));
    }

    [Test]
    public void Columns_are_selected_and_data_sets_put_together()
    {
        Dataset named = s_houses.WithFeatureNames("area", "age");

        Assert.That(named.Select("age").Row(1), Is.EqualTo(new[] { 30.0 }));
        Assert.That(named.Select(1, 0).FeatureNames, Is.EqualTo(new[] { "age", "area" }));
        Assert.That(Dataset.Concat(named, named.Slice(0, 2)).Rows, Is.EqualTo(7));
    }

    [Test]
    public void A_data_set_is_described()
    {
        DatasetSummary summary = s_houses.Describe();

        Assert.That(summary.Features[0].Name, Is.EqualTo("x1"));
        Assert.That((summary.Features[0].Mean, summary.Features[1].Maximum), Is.EqualTo((99.0, 30.0)));
        Assert.That(summary.Targets.Single().Count, Is.EqualTo(5));
        Assert.That(summary.ToString(), Does.StartWith(s_houses.ToString()));
        var (train, test) = Dataset.From(new double[,] { { 1 }, { 2 }, { 3 }, { 4 } }, ["a", "b", "a", "b"]).SplitStratified(0.5, seed: 1);
        Assert.That((train.Describe(byClass: true).Classes[1].Count, test.Describe().Classes[0].Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public void No_type_of_FSharp_is_in_what_CSharp_uses()
    {
        Type[] types = [.. typeof(Dataset).Assembly.GetExportedTypes().Where(type => type.Namespace == nameof(LinearNets))];
        string[] found =
        [
            .. from type in types
               from used in Signatures(type)
               where used.Type.Namespace!.StartsWith("Microsoft.FSharp", StringComparison.Ordinal)
               select used.Where,
        ];

        Assert.That(types, Does.Contain(typeof(Dataset)));
        Assert.That(found, Is.Empty);
    }

    /// <summary>Every type that a public member of a type mentions, and where.</summary>
    private static IEnumerable<(Type Type, string Where)> Signatures(Type type)
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        IEnumerable<Type> inherited = type.BaseType is null ? type.GetInterfaces() : [type.BaseType, .. type.GetInterfaces()];
        IEnumerable<(Type Type, string Where)> members = type.GetMembers(Own).SelectMany(
            member => Mentioned(member).Select(mentioned => (mentioned, $"{type}: {member}")));
        return inherited.Select(one => (one, $"{type}: {one}")).Concat(members).SelectMany(
            one => Parts(one.Item1).Select(part => (part, one.Item2)));
    }

    private static IEnumerable<Type> Mentioned(MemberInfo member) =>
        member switch
        {
            MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(parameter => parameter.ParameterType)],
            ConstructorInfo made => made.GetParameters().Select(parameter => parameter.ParameterType),
            PropertyInfo property => [property.PropertyType],
            FieldInfo field => [field.FieldType],
            EventInfo raised => [raised.EventHandlerType!],
            _ => [],
        };

    /// <summary>A type and the types it is made of.</summary>
    private static IEnumerable<Type> Parts(Type type) =>
        [
            type,
            .. type.HasElementType ? Parts(type.GetElementType()!) : [],
            .. type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts) : [],
        ];
}
