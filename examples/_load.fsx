// The assemblies of this repository, for the scripts beside this file. Build first: dotnet fsi build.fsx demo, or test
#r "../artifacts/bin/Core/release/LinearNets.Kernels.dll"
#r "../artifacts/bin/Core/release/LinearNets.Core.dll"
