// Rows of objects: the numbers of each object by expressions such as h => h.Area, which are compiled once and have the
// names of what they read.

namespace LinearNets

open System
open System.Collections.Generic
open System.Globalization
open System.Linq.Expressions

module internal Objects =

    /// What an expression reads, without the conversions around it.
    let rec private bare (body: Expression) =
        match body with
        | :? UnaryExpression as unary when unary.NodeType = ExpressionType.Convert || unary.NodeType = ExpressionType.Quote ->
            bare unary.Operand
        | :? MemberExpression as found when
            found.Member.Name = "Value"
            && not (isNull found.Expression)
            && not (isNull (Nullable.GetUnderlyingType found.Expression.Type))
            ->
            bare found.Expression
        | _ -> body

    /// The members from the row on, Address.Area; none for anything else than members of members.
    let rec private path (row: ParameterExpression) (body: Expression) : string list option =
        match bare body with
        | :? MemberExpression as found when not (isNull found.Expression) ->
            path row found.Expression |> Option.map (fun before -> before @ [ found.Member.Name ])
        | body when obj.ReferenceEquals(body, row) -> Some []
        | _ -> None

    let private operators =
        dict
            [ ExpressionType.Add, "+"
              ExpressionType.Subtract, "-"
              ExpressionType.Multiply, "*"
              ExpressionType.Divide, "/"
              ExpressionType.Coalesce, "??" ]

    /// An expression as one would write it, without the row and without conversions.
    let rec private text row (body: Expression) =
        let operand (e: Expression) = if bare e :? BinaryExpression then "(" + text row e + ")" else text row e
        match path row body, bare body with
        | Some(_ :: _ as members), _ -> String.concat "." members
        | _, (:? BinaryExpression as binary) when operators.ContainsKey binary.NodeType ->
            operand binary.Left + " " + operators[binary.NodeType] + " " + operand binary.Right
        | _, (:? MethodCallExpression as call) ->
            let owner = if isNull call.Object then [] else [ call.Object ]
            call.Method.Name
            + "("
            + (owner @ List.ofSeq call.Arguments |> List.map (text row) |> String.concat ", ")
            + ")"
        | _, (:? ConstantExpression as constant) -> Convert.ToString(constant.Value, CultureInfo.InvariantCulture)
        | _, other -> string other

    /// A short name, and one that says where it is.
    let private namesOf (expression: LambdaExpression) =
        let row = expression.Parameters[0]
        let long = text row expression.Body
        match path row expression.Body with
        | Some(_ :: _ as members) -> List.last members, long
        | _ -> long, long

    /// The name of each expression: the last member it reads, after the ones before where two expressions end in the same one.
    let names (expressions: seq<LambdaExpression>) =
        let both = expressions |> Seq.map namesOf |> Seq.toArray
        let often = both |> Array.countBy fst |> dict
        both |> Array.map (fun (short, long) -> if often[short] > 1 then long else short)

    /// Reads a value; one that is not there is told by its row and name.
    let private ask (read: Func<'row, 'value>) part name row index =
        try
            read.Invoke row
        with
        // What h.Address.Area throws where there is no address, and h.Age.Value where there is no age.
        | :? NullReferenceException
        | :? InvalidOperationException -> Errors.noValue index part name

    /// Refuses a number that is not finite, by its row and name.
    let number part name index value = if not (Double.IsFinite value) then Errors.notFinite "rows" part (int64 index) name value

    /// The features of the rows, one row after the other, and their targets, which `check` may refuse.
    let read
        (rows: IEnumerable<'row>)
        (target: Expression<Func<'row, 'target>>)
        (targetName: string)
        (check: int -> 'target -> unit)
        (features: Expression<Func<'row, float>>[])
        (names: string[])
        =
        let target = target.Compile()
        let features = features |> Array.map _.Compile()
        let values, targets = ResizeArray<float>(), ResizeArray<'target>()
        for row in rows do
            let index = targets.Count
            if isNull (box row) then Errors.noValue index "row" (typeof<'row>.Name)
            for column in 0 .. features.Length - 1 do
                let value = ask features[column] "feature" names[column] row index
                number "feature" names[column] index value
                values.Add value
            let value = ask target "target" targetName row index
            check index value
            targets.Add value
        values.ToArray(), targets.ToArray()
