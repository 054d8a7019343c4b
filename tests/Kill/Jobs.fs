// Fits that are killed, by number: one for each rule, with what has a state. Short epochs, so that kills fall between two of
// them, too; so many that none is done before it is killed.
module LinearNets.Tests.Jobs

open LinearNets.FSharp

let private rows, batch = 37, 8

let private classes seed = Synthetic.classes { Synthetic.classDefaults with n = rows; seed = seed }

let private logCosh =
    Loss.define "log-cosh" (fun ŷ y ->
        let r = ŷ - y
        (2.0 * r).softplus() - r - log 2.0)

let all: (FitSettings * Dataset) list =
    let defaults = { Fit.defaults with batch = batch; epochs = 400 }
    [ { defaults with
          model = Model.linear 2 3
          loss = Loss.crossEntropy
          rule = Some Rule.Fused
          optimizer = Optimizer.scheduled (Schedule.cosine 0.05 0.001 2000) Optimizer.adam
          validation = Some(classes 2)
          earlyStopping = Some { patience = 300; minDelta = 0.0 } },
      classes 1
      { defaults with
          model = Model.linear 2 1
          rule = Some Rule.ClosedForm
          optimizer = Optimizer.momentum 0.01 0.9
          penalty = Penalty.elasticNet 0.01 0.5
          lossAfterEpoch = true },
      Synthetic.linear { Synthetic.defaults with n = rows }
      { defaults with
          model = Model.linear 2 1
          loss = logCosh
          rule = Some Rule.Autodiff
          optimizer = Optimizer.adagrad 0.1
          seed = 7 },
      Synthetic.linear { Synthetic.defaults with n = rows; seed = 5 } ]

/// Models of many bytes, all weights of which are one number.
let model number : Saved =
    let data = Synthetic.garments 20 10 1 |> fst
    let model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
    let settings =
        { Fit.defaults with
            model = model
            loss = Loss.crossEntropy
            batch = 20
            epochs = 1
            optimizer = Optimizer.sgd 1e-30
            initial = Some(Model.initWith (fun p -> dsharp.zeros p.shape + float number) model) }
    Fit.run settings data |> Saved.ofFitted data
