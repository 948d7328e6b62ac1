using BenchmarkDotNet.Running;

// dotnet run -c Release --project benchmarks/BerOfChat.Benchmarks -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(BerOfChat.Benchmarks.RecordBenchmarks).Assembly).Run(args);
