// The laws of Core run on two engines: on LinearNets' own and, by src/Core.DiffSharp, on DiffSharp's.

namespace LinearNets.Tests

open System
open NUnit.Framework
open NUnit.Framework.Interfaces
#if DIFFSHARP
open NUnit.Framework.Internal.Commands

// DiffSharp's nesting level, configuration and seeds are global.
[<assembly: NonParallelizable>]
do ()

/// A test that has to fail with some words in its message, and is then reported as not run.
type KnownDifference(inner: TestCommand, reason: string, words: string) =
    inherit DelegatingTestCommand(inner)

    override _.Execute context =
        try
            context.CurrentResult <- inner.Execute context
        with e ->
            context.CurrentResult.RecordException e
        let result = context.CurrentResult
        if result.ResultState.Status = TestStatus.Passed then
            result.SetResult(ResultState.Failure, $"DiffSharp no longer differs here: {reason}")
        elif string(result.Message).Contains words then
            result.SetResult(ResultState.Ignored, $"DiffSharp differs: {reason}")
        result
#endif

/// Why a test cannot pass on DiffSharp, and words that its failure there has. On LinearNets' own engine this is a remark.
[<AttributeUsage(AttributeTargets.Method)>]
type DiffSharpDiffersAttribute(reason: string, words: string) =
    inherit NUnitAttribute()

    member _.Reason = reason
    member _.Words = words

#if DIFFSHARP
    interface IWrapSetUpTearDown with
        member _.Wrap command = KnownDifference(command, reason, words)
#endif
